import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { run } from "@fairway/standalone";
import { composeLabels, eventually, openLoop, proxyLabels, useLab } from "../lab/index.ts";
import type { LabNode } from "../lab/index.ts";
import { compose as composeOf, deploy } from "./compose.ts";

const within = 90_000;
const port = 6379;

const page = readFileSync(new URL("../../docs/deploying.md", import.meta.url), "utf8");

type Env = Readonly<Record<string, string>>;

describe("the files for deploying", function () {
  this.timeout(240_000);
  const lab = useLab({ nodes: 3, registrars: false, agents: false, images: true });

  /** Runs docker-compose on a node with files of `deploy/` and what its `.env` would hold. */
  const compose = (node: LabNode, names: readonly string[], env: Env, ...args: readonly string[]) => {
    const files = names.map((name) => join(deploy, name));
    return composeOf({ node, project: "fairway", files, env }, ...args);
  };

  const serve = (node: LabNode) =>
    node.runContainer({
      labels: { ...composeLabels("shop", "redis"), ...proxyLabels(`${port}`) },
      publish: [`${port}`],
    });

  const answersAt = (node: LabNode) =>
    eventually(
      async () => {
        const ping = ["timeout", "2", "redis-cli", "-h", node.address, "-p", `${port}`, "ping"];
        assert.equal(await node.run(...ping), "PONG");
      },
      { within },
    );

  const clear = async (node: LabNode) => {
    // Asked first, as docker-compose itself takes a second of a processor's time.
    const own = await node.docker("ps", "--all", "--quiet", "--filter", "label=com.docker.compose.project=fairway");
    if (own !== "") await compose(node, ["compose.yaml"], {}, "down", "--volumes");
    const servers = await node.docker("ps", "--all", "--quiet", "--filter", "label=aliyun.proxy.required");
    if (servers !== "") await node.docker("rm", "--force", ...servers.split("\n"));
  };

  afterEach(() => Promise.all(lab().nodes.map(clear)));

  const remains = async (node: LabNode) => (await node.docker("ps", "--all", "--quiet")) || "nothing";

  const withOwnEtcd = (node: LabNode): Env => ({ ETCD_ENDPOINTS: `http://${node.address}:2379` });

  it("compose.yaml makes a first node and, with its etcd, a second", async () => {
    const [n1, n2] = [lab().node(1), lab().node(2)];
    const files = ["compose.yaml"];
    await compose(n1, files, {}, "up", "--detach");
    await compose(n2, files, withOwnEtcd(n1), "up", "--detach", "registrar", "proxy");
    const server = await serve(n1);
    await Promise.all([n1, n2].map(answersAt));

    const load = await openLoop({ host: n2.address, port, perSecond: 50, wrapper: n2.wrapper });
    await compose(n1, files, {}, "up", "--detach", "--force-recreate", "--no-deps", "registrar");
    const log = () => n1.docker("logs", "fairway_registrar_1");
    await eventually(async () => assert.match(await log(), /"msg":"node synced"/), { within });
    const { succeeded, failures } = await load.stop();
    assert.deepEqual(failures, []);
    assert.equal(succeeded > 20, true);

    await server.remove();
    await Promise.all([n1, n2].map(clear));
    assert.deepEqual(await Promise.all([n1, n2].map(remains)), ["nothing", "nothing"]);
  });

  it("compose.yaml keeps a registry that is backed up, and a node leaves it, as docs/deploying.md says", async () => {
    const [n1, n2] = [lab().node(1), lab().node(2)];
    const files = ["compose.yaml"];
    await compose(n1, files, {}, "up", "--detach", "etcd");
    await compose(n2, files, withOwnEtcd(n1), "up", "--detach", "registrar");
    const etcd = (...args: readonly string[]) => n1.docker("exec", "fairway_etcd_1", ...args);
    const keys = async () => (await etcd("etcdctl", "get", "--prefix", "--keys-only", "/fairway/v1/")).trim();
    const { id } = await serve(n2);
    const endpoint = `/fairway/v1/endpoints/shop/redis/${port}/n2/${id.slice(0, 12)}`;
    await eventually(async () => assert.ok((await keys()).includes(endpoint)), { within });

    const [, backup = ""] = /(sh -c '[^']*snapshot[^']*')/.exec(page) ?? assert.fail();
    await n1.run("sh", "-c", `docker --host ${n1.dockerHost} exec fairway_etcd_1 ${backup} >${n1.directory}/backup.db`);
    assert.match(await n1.run("etcdctl", "snapshot", "status", `${n1.directory}/backup.db`), /, [1-9]/);

    await compose(n2, files, withOwnEtcd(n1), "stop", "proxy", "registrar");
    assert.ok((await keys()).includes(endpoint));
    await compose(n2, files, withOwnEtcd(n1), "run", "--rm", "registrar", "leave");
    assert.equal(await keys(), `/fairway/v1/claims/*/shop/${port}`);
  });

  it("compose.project.yaml serves a project to itself, with what the addon hands out", async () => {
    const node = lab().node(1);
    await compose(node, ["compose.yaml"], {}, "up", "--detach", "etcd", "registrar");
    const file = join(deploy, "compose.project.yaml");
    const project = (...args: readonly string[]) => composeOf({ node, project: "shop", files: [file] }, ...args);
    await project("up", "--detach");
    const ping = ["run", "--rm", "--network", "shop_default", "redis:alpine", "redis-cli", "-h", "lb", "ping"];
    await eventually(async () => assert.equal(await node.docker(...ping), "PONG"), { within });
    await project("down", "--volumes");
  });

  it("compose.cluster.yaml makes three nodes of which any one's etcd may be away", async () => {
    const files = ["compose.yaml", "compose.cluster.yaml"];
    const env = {
      ETCD_CLUSTER: lab()
        .nodes.map(({ name, address }) => `${name}=http://${address}:2380`)
        .join(","),
      ETCD_ENDPOINTS: lab()
        .nodes.map(({ address }) => `http://${address}:2379`)
        .join(","),
    };
    await Promise.all(lab().nodes.map((node) => compose(node, files, env, "up", "--detach")));
    const [n1, n2, n3] = [lab().node(1), lab().node(2), lab().node(3)];
    const first = await serve(n1);
    await Promise.all(lab().nodes.map(answersAt));
    await compose(n1, files, env, "stop", "etcd");
    await serve(n2);
    await first.remove();
    await Promise.all([n1, n3].map(answersAt));
  });

  it("stack.yaml puts both programs on every node of a Swarm", async () => {
    const [n1, n2] = [lab().node(1), lab().node(2)];
    await compose(n1, ["compose.yaml"], {}, "up", "--detach", "etcd");
    await n1.docker("swarm", "init", "--advertise-addr", n1.address);
    const token = await n1.docker("swarm", "join-token", "--quiet", "worker");
    await n2.docker("swarm", "join", "--advertise-addr", n2.address, "--token", token, `${n1.address}:2377`);
    const socket = join(lab().directory, "{{.Node.Hostname}}", "docker.sock");
    const stack = [
      "stack",
      "deploy",
      "--resolve-image",
      "never",
      "--compose-file",
      join(deploy, "stack.yaml"),
      "swarm",
    ];
    await run(["docker", "--host", n1.dockerHost, ...stack], { env: { ...withOwnEtcd(n1), DOCKER_SOCKET: socket } });
    await serve(n2);
    await Promise.all([n1, n2].map(answersAt));
    // Swarm counts what its health check has found well.
    const services = () => n1.docker("stack", "services", "--format", "{{.Name}} {{.Mode}} {{.Replicas}}", "swarm");
    const all = ["swarm_proxy global 2/2", "swarm_registrar global 2/2"];
    await eventually(async () => assert.deepEqual((await services()).split("\n").toSorted(), all), { within: 60_000 });
    await n1.docker("stack", "rm", "swarm");
  });

  it("systemd takes the units", async () => {
    const units = (await readdir(join(deploy, "systemd"))).toSorted();
    assert.deepEqual(units, [
      "fairway-proxy-agent.service",
      "fairway-registrar.service",
      "fairway-stop-haproxy.service",
    ]);
    const directory = join(lab().directory, "units");
    await mkdir(directory);
    for (const unit of units) {
      const text = await readFile(join(deploy, "systemd", unit), "utf8");
      const [, program = "", file = ""] =
        /^ExecStart=\/usr\/bin\/node \/opt\/fairway\/([^/]+)\/(\S+)/m.exec(text) ?? [];
      assert.ok(existsSync(join(deploy, "../packages", program, "bundle", file)), `${unit}: ${program}/${file}`);
      // Where the program is on this machine.
      await writeFile(join(directory, unit), text.replace("/usr/bin/node", process.execPath));
    }
    await run(["systemd-analyze", "verify", ...units.map((unit) => join(directory, unit))]);
  });
});
