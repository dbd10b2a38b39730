import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { programCommand } from "@fairway/standalone";

const [node, ...program] = programCommand("cli");

/** What the command says for wrong use; nothing is printed, and no registry is asked. */
const rows: readonly (readonly [string, string])[] = [
  ["", "say what to do: fairway --help lists the commands"],
  [
    "get web",
    "error: web is nothing that can be shown; say which: services, endpoints, ports, nodes, proxies, claims, rejections",
  ],
  ["get nodes -p shop", "error: --project shop: nodes belong to no project"],
  ["get services -o toml", "error: --output toml: must be wide, json, yaml, name, schema"],
  ["get services -o yaml --watch", "error: --watch goes with a table, and with --output wide, json and name"],
  ["why web --loud", "error: unknown option '--loud'"],
  ["why a b", "error: too many arguments for 'why'. Expected 1 argument but got 2."],
  ["wait", "error: say what to wait for: project/service, or a container"],
  ["wait shop/web --ready 3 --gone", "error: --ready, --gone and --routed-on do not go together"],
  ["wait a/b/c", "error: a/b/c is no name; write a container, project/service or a front port"],
  ["wait shop/web --routed-on n1/", "error: --routed-on n1/: must be a node, a proxy as node/proxy, or all"],
  ["why shop/", "error: shop/ is no name; write a container, project/service or a front port"],
  [
    "release x",
    'x is not a front port; give one such as 6379, or 6379@proxy_test for a load balancer\'s; "fairway get claims" lists them',
  ],
  ["set web MAXCONN=1", "error: web is no service; write project/service, such as shop/web, or give the project by -p"],
  ["rollout", "error: say which service of the Compose file: fairway rollout web"],
  ["rollout shop/web", "error: shop/web is no service; -p gives its project"],
  ["rollout web --scale 0", "error: --scale 0: must be a number of containers from 1 to 99999"],
  ["wait shop/web --ready 100000", "error: --ready 100000: must be a number of containers from 1 to 99999"],
  [
    "rollout web --drain soon",
    "error: --drain soon: must be seconds, or a number with ms, s, m or h, such as 500ms or 15s",
  ],
  ["unset", "error: write project/service, such as shop/web, or give the project by -p"],
  ["template convert", "error: name the template; - is standard input"],
  ["template draw", "error: unknown command 'draw'"],
  ["plan", "error: name the files: fairway plan compose.yaml; - is standard input"],
  [
    "plan /nowhere.yaml",
    "error: /nowhere.yaml cannot be read: ENOENT: no such file or directory, open '/nowhere.yaml'",
  ],
  ["plan -o toml /dev/null", "error: --output toml: must be wide, json, yaml, name, schema"],
  ["plan -", "stdin:1:1  there is no service here: a map of services is expected"],
  ["drain", "error: say what: a container, a node, or node/container"],
  ["drain web db", "error: too many arguments for 'drain'. Expected 1 argument but got 2."],
  ["drain a/b/c", "error: a/b/c is no name; say what: a container, a node, or node/container"],
  ["undrain node-1/", "error: node-1/ is no name; say what: a container, a node, or node/container"],
  ["undrain", "error: say what: a container, a node, or node/container"],
  ["undrain web --all", "error: unknown option '--all'"],
  ["set shop/web", "error: say what to set: NAME=VALUE, such as MAXCONN=100"],
  ["set x FOO=1", "error: x is no service; write project/service, such as shop/web, or give the project by -p"],
  [
    "set shop/web MAXCONN=x weight=300",
    'error: shop/web: MAXCONN="x": it has no effect: it is not a whole number\nerror: shop/web: WEIGHT="300": it has no effect: word 1, weight, wants a whole number from 1 to 256',
  ],
  ["unset shop/web MAXCONN=1", "error: MAXCONN=1 is no name of a setting, such as MAXCONN"],
  ["unset shop/web", "error: say what is to be set no longer: names, or --all"],
  ["doctor all", "error: too many arguments for 'doctor'. Expected 0 arguments but got 1."],
  ["doctor --etcd etcd-1", "error: --etcd etcd-1: must be a comma list, each a URL such as http://etcd-1:2379"],
  ["doctor -o toml", "error: --output toml: must be wide, json, yaml, name, schema"],
  ["history web", "error: web is no service; write project/service, such as shop/web, or give the project by -p"],
  [
    "history --since soon",
    "error: --since soon: must be seconds, or a number with ms, s, m or h, such as 500ms or 15s",
  ],
  ["history -o toml", "error: --output toml: must be wide, json, yaml, name, schema"],
  [
    "why web --at noon",
    "error: --at noon: must be a time such as 2026-11-30T08:00:00Z or 14:05, or how long ago, such as 10m",
  ],
  ["why web --at 2999-01-01T00:00:00Z", "error: --at 2999-01-01T00:00:00Z: is yet to come"],
  ["top shop", "error: too many arguments for 'top'. Expected 0 arguments but got 1."],
  ["logs web", "error: web is no service; write project/service, such as shop/web, or give the project by -p"],
  ["logs -o yaml", "error: --output yaml: must be json"],
  ["completion tcsh", "error: tcsh is no shell that is known; say which: bash, zsh, fish"],
  ["version 2", "error: too many arguments for 'version'. Expected 0 arguments but got 1."],
];

describe("wrong use of fairway", function () {
  this.timeout(30_000);
  for (const [args, line] of rows) {
    it(`is said in a line for each mistake, with exit code 2: fairway ${args}`, async () => {
      const { PATH } = process.env;
      const found = await new Promise((resolve) => {
        const words = args === "" ? [] : args.split(" ");
        const child = execFile(node, [...program, ...words], { env: { PATH } }, (_, stdout, stderr) =>
          resolve({ code: child.exitCode, stdout, stderr }),
        );
        child.stdin?.end();
      });
      assert.deepEqual(found, { code: 2, stdout: "", stderr: `${line}\n` });
    });
  }
});
