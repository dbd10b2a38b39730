import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { byText } from "@fairway/contract";
import { composeLabels, eventually, namedRedis, proxyLabels, useLab } from "./lab/index.ts";
import type { LabContainer } from "./lab/index.ts";
import { runFairway, startFairway } from "./run-fairway.ts";

const launcher = new URL("../packages/cli/bin/fairway.js", import.meta.url);
const within = 15_000;
const port = 7041;

/** Two nodes, a service on both, and a container of which something is refused. */
describe("fairway", () => {
  const lab = useLab({ nodes: 2, agents: false });
  const note = () => `registry: ${lab().etcd.endpoints}, prefix /fairway/v1, by ETCD_ENDPOINTS`;
  const fairway = (...args: readonly string[]) => runFairway(args, { ETCD_ENDPOINTS: lab().etcd.endpoints });
  let databases: readonly LabContainer[];
  let refused: LabContainer;

  const start = (number: number, service: string, ports: string) =>
    lab()
      .node(number)
      .runContainer({
        labels: { ...composeLabels("shop", service), ...proxyLabels(ports) },
        command: namedRedis(service),
        publish: ["6379"],
      });

  before(async () => {
    const agents = lab().nodes.map(({ agent, address }) => agent.start({ BIND_ADDRESS: address }));
    databases = await Promise.all([start(1, "db", `${port}:6379`), start(2, "db", `${port}:6379`)]);
    refused = await start(2, "web", "99999");
    await Promise.all(agents);
    await eventually(
      async () => {
        const { stdout } = await fairway("get", "proxies", "-o", "json");
        const { items } = JSON.parse(stdout.join("\n")) as { items: { servers: { ready: number } }[] };
        assert.deepEqual(
          items.map(({ servers }) => servers.ready),
          [2, 2],
        );
      },
      { within: 40_000 },
    );
    await eventually(async () => assert.equal((await fairway("get", "rejections", "web")).code, 0), { within });
  });

  const shown: readonly (readonly [string, readonly string[], () => readonly string[]])[] = [
    [
      "services",
      ["shop/db"],
      () => ["SERVICE  PORTS  READY  CONTAINERS  NODES  SET BY OPERATOR", `shop/db  ${port}  2/2  2  n1, n2  –`],
    ],
    [
      "endpoints",
      ["n2-c1"],
      () => ["SERVICE  PORT  CONTAINER  NODE  STATE  LISTEN  AGE", `shop/db  6379  n2-c1  n2  ready  ${port}  AGE`],
    ],
    [
      "ports",
      [`${port}`],
      () => ["PORT  OWNER  ENDPOINTS  SHARED WITH  REFUSED TO  CLAIMED", `${port}  shop  2  –  –  AGE ago`],
    ],
    [
      "nodes",
      ["n1"],
      () => ["NODE  ADDRESS  ZONE  ENDPOINTS  IN STEP  DRAINED  VERSION", `n1  ${address(1)}  –  1  yes  –  0.1.0`],
    ],
    ["claims", [`*/shop/${port}`], () => ["PORT  HOLDER  CLAIMED  ENDPOINTS", `${port}  shop  AGE ago  2`]],
    [
      "rejections",
      ["shop/web"],
      () => [
        "BY  WHAT  CODE  LABEL  REASON",
        `registrar n2  ${refused.name}  port-out-of-range  aliyun.proxy.TCP_PORTS  99999 is not a port (1–65535)`,
      ],
    ],
  ];
  const address = (number: number) => lab().node(number).address;

  for (const [kind, names, lines] of shown) {
    it(`gets ${kind} by name as a table, and ends with 3 where there is none of it`, async () => {
      const [good, bad] = await Promise.all([fairway("get", kind, ...names), fairway("get", kind, "nobody")]);
      const table = good.stdout.map((line) => line.replace(/\b\d+[smh]\b/, "AGE").replace(/ {2,}/g, "  "));
      assert.deepEqual({ ...good, stdout: table }, { code: 0, stdout: lines(), stderr: [note()] });
      assert.deepEqual(bad, { code: 3, stdout: [], stderr: [note(), `no ${kind} called nobody`] });
    });
  }

  it("gets proxies by name, with the revision that each has applied", async () => {
    const { code, stdout } = await fairway("get", "proxies", "n1/proxy");
    assert.equal(code, 0);
    assert.match(stdout.join("\n"), /^PROXY +LISTENERS .*\nn1\/proxy +1 +2\/2 +0 +\d+, \d+[smh] ago +\d/);
  });

  it("prints names that it takes again", async () => {
    const { stdout } = await fairway("get", "endpoints", "-p", "shop", "-o", "name");
    assert.deepEqual(
      stdout.map((name) => name.split("/").at(-1) ?? "").toSorted(byText),
      databases.map(({ id }) => id.slice(0, 12)).toSorted(byText),
    );
    assert.equal((await fairway("get", "endpoints", ...stdout)).stdout.length, 3);
  });

  it("finds the registry by an agent of this machine, and says so", async () => {
    const ADMIN_LISTEN = `${address(1)}:7381`;
    const { code, stdout, stderr } = await runFairway(["get", "nodes", "-o", "name"], { ADMIN_LISTEN });
    const by = `by http://${ADMIN_LISTEN}/status`;
    assert.deepEqual(
      [code, stdout, stderr],
      [0, ["n1", "n2"], [`registry: ${lab().etcd.endpoints}, prefix /fairway/v1, ${by}`]],
    );
  });

  it("says why a container, a service or a port is routed, or not, and ends so that a pipeline knows", async () => {
    const asked = [["n1-c1"], ["shop/db"], ["db", "-p", "shop"], [`${port}`], ["shop/web"], ["nobody"]];
    const [byName, ...others] = await Promise.all(asked.map((args) => fairway("why", ...args)));
    assert.deepEqual([byName?.code, ...others.map(({ code }) => code)], [0, 0, 0, 0, 3, 3]);
    assert.match(
      byName?.stdout.join("\n") ?? "",
      /^n1-c1 .*: project shop, service db\n[^]*\n +n1\/proxy +yes, at .*\n +n2\/proxy +yes, at /,
    );
    assert.deepEqual(byName?.stderr, [note()]);
    const [, , , refusal, unknown] = others;
    assert.match(
      refusal?.stdout.join("\n") ?? "",
      /\n {2}refused +aliyun\.proxy\.TCP_PORTS "99999": 99999 is not a port/,
    );
    assert.match(unknown?.stderr.join("\n") ?? "", /\nno registrar tells of "nobody": .*\n.*Registrars: n1, n2$/);
  });

  it("waits until every proxy serves a new container, and until it is gone", async () => {
    const routed = fairway("wait", "shop/late", "--timeout", "50s");
    const late = await start(2, "late", "7042:6379");
    assert.deepEqual(await routed, { code: 0, stdout: ["n1/proxy  yes", "n2/proxy  yes"], stderr: [note()] });
    const gone = fairway("wait", late.name, "--gone", "--timeout", "50s");
    await late.remove();
    assert.deepEqual(await gone, { code: 0, stdout: [`${late.name} is gone`], stderr: [note()] });
  });

  it("ends with 124 when the time is over, with 3 when it was refused, and with 2 for what it cannot wait for", async () => {
    const [over, refusal, wrong] = await Promise.all([
      fairway("wait", "shop/db", "--ready", "3", "--timeout", "5s"),
      fairway("wait", "shop/web", "--timeout", "5s"),
      fairway("wait", "shop/db", "--timeout", "soon"),
    ]);
    const stderr = [note(), "not so in the end"];
    assert.deepEqual(over, { code: 124, stdout: ["2 of 2 containers ready"], stderr });
    assert.deepEqual([refusal.code, refusal.stderr], [3, stderr]);
    assert.match(refusal.stdout[0] ?? "", /project shop, service web: its registrar refuses what its labels ask for$/);
    assert.equal(wrong.code, 2);
    assert.match(wrong.stderr.join(), /^error: --timeout soon: must be seconds, or a number with ms, s, m or h/);
  });

  it("goes on with --watch, a line for each change, and ends with 0 at Ctrl-C", async () => {
    const args = ["get", "endpoints", "-p", "shop", "--watch", "-o", "json"];
    const watching = startFairway(args, { ETCD_ENDPOINTS: lab().etcd.endpoints });
    const told = () =>
      watching.stdout().map((line) => {
        const { change, item } = JSON.parse(line) as { change: string; item: { service: string; state: string } };
        return `${change} ${item.service} ${item.state}`;
      });
    await eventually(async () => assert.deepEqual(told(), ["set db ready", "set db ready"]), { within });
    const seen = await start(1, "seen", `${port + 1}:6379`);
    await eventually(async () => assert.equal(told().at(-1), "set seen ready"), { within });
    await seen.remove();
    await eventually(async () => assert.match(told().at(-1) ?? "", /^gone seen /), { within });
    assert.equal(await watching.interrupt(), 0);
  });

  it("sets what is stronger than a service's labels, and takes it back", async () => {
    const lineOf = async () => (await fairway("get", "services", "shop/db")).stdout[1]?.split(/ {2,}/).at(-1);
    const set = await fairway("set", "shop/db", "maxconn=7", "BALANCE=leastconn");
    const lines = ['shop/db: MAXCONN is "7"', 'shop/db: BALANCE is "leastconn"'];
    assert.deepEqual(set, { code: 0, stdout: lines, stderr: [note()] });
    assert.equal(await lineOf(), "MAXCONN, BALANCE");
    const wrong = await fairway("set", "shop/db", "MAXCONN=many", "BALANCE=source");
    assert.deepEqual([wrong.code, wrong.stdout], [2, []]);
    assert.match(wrong.stderr.join("\n"), /^error: shop\/db: MAXCONN="many": .+$/);
    const unset = await fairway("unset", "db", "-p", "shop", "MAXCONN");
    assert.deepEqual(unset.stdout, ['shop/db: MAXCONN is no longer set (was "7"): labels decide']);
    const again = await fairway("unset", "shop/db", "MAXCONN");
    assert.deepEqual([again.code, again.stderr], [3, ["shop/db: the operator sets no MAXCONN"]]);
    assert.equal((await fairway("unset", "shop/db", "--all")).code, 0);
    assert.equal(await lineOf(), "–");
  });

  it("releases a claim by force alone while its holder uses the port", async () => {
    const used = await fairway("release", `${port}`);
    assert.equal(used.code, 3);
    assert.match(used.stderr.join("\n"), /^7041 of shop is in use: stop its containers, or .* --force/);
    const forced = await fairway("release", `${port}`, "--force");
    assert.deepEqual(forced, { code: 0, stdout: [`released ${port} of shop`], stderr: [note()] });
  });

  it("ends with 2 for what it cannot be asked, and with 1 where no registry answers", async () => {
    const wrong = await Promise.all([fairway("get", "web"), fairway("get", "nodes", "-p", "shop")]);
    assert.deepEqual(
      wrong.map(({ code, stderr }) => [code, stderr]),
      [
        [
          2,
          [
            "error: web is nothing that can be shown; say which: services, endpoints, ports, nodes, proxies, claims, rejections",
          ],
        ],
        [2, ["error: --project shop: nodes belong to no project"]],
      ],
    );
    const away = await fairway("get", "nodes", "--etcd", "http://127.0.0.1:1");
    assert.equal(away.code, 1);
    assert.match(
      away.stderr.join("\n"),
      /^registry: http:\/\/127\.0\.0\.1:1, .*\nthe registry does not answer: .*refused/i,
    );
  });

  it("is `docker fairway` once it is linked to where Docker's command looks for plugins", async () => {
    const config = mkdtempSync(join(tmpdir(), "fairway-docker-"));
    mkdirSync(join(config, "cli-plugins"));
    symlinkSync(fileURLToPath(launcher), join(config, "cli-plugins/docker-fairway"));
    const env = { PATH: process.env["PATH"], DOCKER_CONFIG: config, ETCD_ENDPOINTS: lab().etcd.endpoints };
    const { stdout } = await promisify(execFile)("docker", ["fairway", "get", "nodes", "-o", "name"], { env });
    assert.equal(stdout, "n1\nn2\n");
    rmSync(config, { recursive: true });
  });
});
