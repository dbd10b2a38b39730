import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { connect as connectPlain } from "node:net";
import { connect } from "node:tls";
import { makeCertificate, pemOf, type Made } from "../packages/proxy-agent/test/real/kit/certificates.ts";
import { shownAt } from "./certificate-shown.ts";
import {
  agentStatus,
  composeLabels,
  eventually,
  namedRedis,
  nameIn,
  nameQuestion,
  proxyLabels,
  useLab,
  type LabNode,
} from "./lab/index.ts";

const port = 6380;
const soon = { within: 30_000 };
const answerWithinMs = 3000;

/** The name of the redis that answers who asks for a name by TLS; undefined: none does. */
async function answers(address: string, servername: string | undefined): Promise<string | undefined> {
  const named = servername === undefined ? {} : { servername };
  const socket = connect({ host: address, port, rejectUnauthorized: false, ...named });
  const signal = AbortSignal.timeout(answerWithinMs);
  try {
    let received = "";
    socket.on("data", (chunk: Buffer) => (received += chunk.toString()));
    socket.write(nameQuestion);
    while (nameIn(received) === undefined) {
      await Promise.race([once(socket, "data", { signal }), once(socket, "close", { signal }).then(failClosed)]);
    }
    return nameIn(received);
  } catch {
    return undefined;
  } finally {
    socket.destroy();
  }
}

function failClosed(): never {
  throw new Error("closed");
}

describe("a port that services share by name", () => {
  const lab = useLab({ agents: false });
  const node = (): LabNode => lab().node(1);
  const ask = (name?: string) => answers(node().address, name);
  const becomes = (name: string | undefined, answer: string | undefined) =>
    eventually(async () => assert.equal(await ask(name), answer), soon);
  let own: Made;
  let passed: Made;

  const start = (service: string, names: string, { ports = `${port}:6379/ssl`, project = "shop", labels = {} } = {}) =>
    node().runContainer({
      name: `${project}_${service}_1`,
      labels: { ...composeLabels(project, service), ...proxyLabels(ports), "fairway.sni": names, ...labels },
      command: namedRedis(service),
    });

  const startPassed = (service: string, names: string, project = "lamp") => {
    const tls = ["--port", "0", "--tls-port", "6379", "--tls-auth-clients", "no"];
    const files = [
      "--tls-cert-file",
      "/certs/cert.pem",
      "--tls-key-file",
      "/certs/cert.pem",
      "--tls-ca-cert-file",
      "/certs/cert.pem",
    ];
    return node().runContainer({
      name: `${project}_${service}_1`,
      labels: { ...composeLabels(project, service), ...proxyLabels(`${port}:6379/sni`), "fairway.sni": names },
      command: namedRedis(service, ...tls, ...files),
      options: ["--volume", `${join(lab().directory, "passed")}:/certs:ro`],
    });
  };

  const worker = async () => (await agentStatus(node().agent)).haproxy?.pid;

  /** The backend that a service's server is in. */
  const backendOf = async (service: string) => {
    const state = await node().haproxy("show servers state");
    return state.split("\n").flatMap((line) => {
      const [, backend, , server = ""] = line.split(" ");
      return server.startsWith(`${service}.`) ? [backend] : [];
    })[0];
  };

  /** What stands in the worker's file of names. */
  const namesThere = async () => {
    const [, file] = /\((\S+\.names)\)/.exec(await node().haproxy("show map")) ?? [];
    return node().haproxy(`show map ${file}`);
  };

  /** A metric of the agent, by its name and labels. */
  const metric = async (name: string, labels: Readonly<Record<string, string>>) => {
    const { body } = await node().agent.admin("/metrics");
    const has = (line: string) =>
      Object.entries(labels).every(([label, value]) => line.includes(`${label}="${value}"`));
    const line = body.split("\n").find((each) => each.startsWith(`${name}{`) && has(each));
    return Number(line?.split(" ").at(-1) ?? 0);
  };
  const refused = (listener: string, reason: string) =>
    metric("fairway_agent_refused_connections_total", { listener, reason });
  const refusedByName = () => refused(String(port), "name");

  before(async () => {
    [own, passed] = await Promise.all([makeCertificate("own.example.com"), makeCertificate("passed.example.com")]);
    await mkdir(join(lab().directory, "own"), { mode: 0o755 });
    await mkdir(join(lab().directory, "passed"), { mode: 0o755 });
    await writeFile(join(lab().directory, "own", "default.pem"), pemOf(own));
    await writeFile(join(lab().directory, "passed", "cert.pem"), pemOf(passed), { mode: 0o644 });
    const env = {
      CERT_FOLDER: join(lab().directory, "own"),
      LISTENER_GRACE: "2s",
      CONNECTION_LOG: "on",
      NAME_OWNERS: "shop:*.kept.example.com",
    };
    await node().agent.start(env);
  });

  after(() => node().agent.stop());

  it("gives each name to its service, whichever project it is of, and refuses and counts all others", async () => {
    await start("db1", "db1.example.com");
    await start("db2", "DB2.example.com, *.two.example.com", { project: "blog" });
    await becomes("db1.example.com", "db1");
    await becomes("db2.example.com", "db2");
    assert.equal(await ask("any.two.example.com"), "db2");
    assert.equal(await ask("deep.any.two.example.com"), undefined);
    assert.equal(await ask("db3.example.com"), undefined);
    assert.equal(await ask(undefined), undefined);
    await eventually(async () => assert.ok((await refusedByName()) >= 3), soon);
  });

  it("passes a name through unopened on the same port, and has who asks for no name refused", async () => {
    await startPassed("tls", "*.lamp.example.com");
    await becomes("a.lamp.example.com", "tls");
    assert.equal(await ask("db1.example.com"), "db1");
    assert.equal(await shownAt(node().address, port, "a.lamp.example.com"), passed.certificate);
    assert.equal(await shownAt(node().address, port, "db1.example.com"), own.certificate);
    const before = await refusedByName();
    const plain = connectPlain(port, node().address);
    plain.end("PING\r\n");
    await once(plain.resume(), "close");
    await eventually(async () => assert.ok((await refusedByName()) > before), soon);
  });

  it("keeps what belongs to a name its own: ALLOW of one refuses nobody who asks for another", async () => {
    await start("shut", "shut.example.com", { labels: { "aliyun.proxy.ALLOW": "192.0.2.0/24" } });
    await eventually(
      async () => assert.match(await node().haproxy("show stat"), /port_6380\.shut\.example\.com/),
      soon,
    );
    assert.equal(await ask("shut.example.com"), undefined);
    assert.equal(await ask("db1.example.com"), "db1");
    await eventually(async () => assert.equal(await refused(`${port},shut.example.com`, "allow"), 1), soon);
  });

  it("ends what says nothing for as long as IDLE of its name allows, be that opened by a second frontend, and counts it", async () => {
    await start("quiet", "quiet.example.com", { labels: { "aliyun.proxy.IDLE": "11s" } });
    await becomes("quiet.example.com", "quiet");
    const before = performance.now();
    const socket = connect({ host: node().address, port, rejectUnauthorized: false, servername: "quiet.example.com" });
    await once(socket.resume(), "close");
    // A port lets go who says nothing for 10 s before it is known which name he wants.
    assert.ok(performance.now() - before >= 10_900, `${performance.now() - before} ms`);
    const ended = () => metric("fairway_service_idle_ended_total", { project: "shop", service: "quiet" });
    await eventually(async () => assert.equal(await ended(), 1), soon);
  });

  it("refuses a name to whom it is not: an older claim's, NAME_OWNERS', and one within another's wildcard", async () => {
    await start("thief", "db1.example.com, a.kept.example.com, in.two.example.com, own.thief.example.com", {
      project: "evil",
    });
    await becomes("own.thief.example.com", "thief");
    const { rejections } = await agentStatus(node().agent);
    const reasons = rejections.filter(({ key }) => key.startsWith("endpoints/evil/")).map(({ reason }) => reason);
    for (const name of ["db1.example.com", "a.kept.example.com", "in.two.example.com"]) {
      assert.ok(
        reasons.some((reason) => reason.includes(name)),
        `${name}: ${reasons.join("\n")}`,
      );
      assert.notEqual(await ask(name), "thief");
    }
  });

  it("serves nobody as a whole there, and says how to be served", async () => {
    const labels = { ...composeLabels("blog", "whole"), ...proxyLabels(`${port}:6379/ssl`) };
    const whole = await node().runContainer({ name: "blog_whole_1", labels, command: namedRedis("whole") });
    await eventually(async () => {
      const { rejections } = await agentStatus(node().agent);
      assert.ok(rejections.some(({ key, code }) => key.includes("/whole/") && code === "port-by-name"));
    }, soon);
    assert.equal(await ask("db1.example.com"), "db1");
    await whole.remove();
  });

  it("serves a new name without a reload, and has its backend for another one once it has left", async () => {
    const before = await worker();
    const guest = await start("guest", "guest.example.com");
    await becomes("guest.example.com", "guest");
    const backend = await backendOf("guest");
    assert.match(backend ?? "", /^spare:/);
    await guest.remove();
    await eventually(async () => assert.ok(!(await namesThere()).includes("guest.example.com")), soon);
    await eventually(async () => assert.equal(await backendOf("guest"), undefined), soon);
    assert.equal(await ask("guest.example.com"), undefined);
    await start("visitor", "visitor.example.com", { project: "blog" });
    await becomes("visitor.example.com", "visitor");
    assert.equal(await backendOf("visitor"), backend);
    assert.equal(await ask("db1.example.com"), "db1");
    assert.equal(await worker(), before);
  });

  it("goes on with all names, also those that came without a reload, when HAProxy's agent is killed and comes back", async () => {
    const before = await worker();
    await node().agent.signal("SIGKILL");
    assert.equal(await ask("db1.example.com"), "db1");
    assert.equal(await ask("visitor.example.com"), "visitor");
    await start("late", "late.example.com");
    await node().agent.start();
    await eventually(async () => assert.equal((await node().agent.admin("/readyz")).status, 200), soon);
    await becomes("late.example.com", "late");
    assert.equal(await ask("a.lamp.example.com"), "tls");
    assert.equal(await ask("visitor.example.com"), "visitor");
    assert.equal(await worker(), before);
  });

  it("has every other name go to the service that has *, but none that is kept for somebody else", async () => {
    const rest = await start("rest", "*", { project: "blog" });
    await becomes("nobody.example.com", "rest");
    assert.equal(await ask("db1.example.com"), "db1");
    assert.equal(await ask("b.kept.example.com"), undefined);
    assert.equal(await ask(undefined), "rest");
    await rest.remove();
    await becomes("nobody.example.com", undefined);
  });
});
