import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { given, published, type EndpointFacts } from "../given.ts";
import { agentHome, ready, type AgentHome } from "./kit/agent-process.ts";
import { makeCertificate, type Made } from "./kit/certificates.ts";
import { eventually, whoAnswers } from "./kit/client.ts";
import { openRegistryStage, type RegistryStage } from "./kit/registry-stage.ts";
import { tlsEchoServer, type TlsEchoServer } from "./kit/tls-echo-server.ts";
import { freePorts } from "../../../../test/free-ports.ts";

describe("a server with SERVER_TLS", () => {
  let stage: RegistryStage;
  let home: AgentHome;
  let folder: string;
  let ports: readonly number[];
  let made: { readonly db: Made; readonly other: Made };
  let db: TlsEchoServer;

  before(async () => {
    stage = await openRegistryStage(["plain"]);
    made = { db: await makeCertificate("db"), other: await makeCertificate("other.example") };
  });

  beforeEach(async () => {
    home = await agentHome();
    folder = await mkdtemp(join(tmpdir(), "fairway-authorities-"));
    ports = await freePorts(3);
    db = await tlsEchoServer("db", made.db);
    await stage.clear();
  });

  afterEach(async () => {
    await home.clear();
    await db.close();
    await rm(folder, { recursive: true });
  });
  after(() => stage.close());

  const port = (index = 0) => ports[index] ?? 0;
  const start = async (env: NodeJS.ProcessEnv = { SERVER_CA_FOLDER: folder }) => {
    const health = { HEALTH_CHECK: "check inter 100 rise 1 fall 1" };
    home.start({ ...stage.env, ...health, ...env });
    await put("plain", { at: stage.echo("plain").port, front: port(2) });
    await ready(home);
    await answers("plain", 2);
  };

  type Put = { readonly at?: number; readonly front?: number; readonly tls?: string };

  /** Has a service served, by default the TLS server on the first port. */
  function put(service: string, { at = db.port, front = port(), tls }: Put) {
    const settings = tls === undefined ? {} : { settings: { SERVER_TLS: tls } };
    const listen = [{ port: front, ssl: false }];
    const facts: EndpointFacts = { container: service, addresses: [published("127.0.0.1", at)], listen, ...settings };
    return stage.put(given().node("node-1", { address: "127.0.0.1" }).service("shop", service).endpoint(facts));
  }

  const trust = (name: string, { certificate }: Made) => writeFile(join(folder, name), certificate);
  const answers = (who: string, index = 0) =>
    eventually(`${who} answers`, async () => (await whoAnswers(port(index)).catch(() => "")) === who);
  const isRefused = (code: string) =>
    eventually(`it is refused: ${code}`, async () =>
      (await home.status()).rejections.some((each) => each.code === code),
    );
  const worker = async () => {
    // It asks HAProxy.
    await ready(home);
    return (await home.status()).haproxy?.pid;
  };

  it("verify: is served if its certificate is of an authority and for its service's name, checks over TLS as well", async () => {
    await trust("db.pem", made.db);
    await start();
    await put("db", { tls: "verify" });
    await answers("db");
    await eventually("checks have gone on", () => db.counts().secured > 10);
    assert.deepEqual(db.counts().names, ["db"]);
  });

  it("verify: another name, or another authority, is not served, and nothing else is harmed", async () => {
    await trust("db.pem", made.db);
    const other = await tlsEchoServer("other", made.other);
    await start();
    await put("db", { tls: "verify other.example" });
    await put("web", { at: other.port, front: port(1), tls: "verify other.example" });
    await eventually("both were tried", () => db.counts().failed > 0 && other.counts().failed > 0);
    for (const index of [0, 1]) await assert.rejects(whoAnswers(port(index)));
    await answers("plain", 2);
    await other.close();
  });

  it("verify: an authority that comes is trusted at run time, one that goes is not, by the same worker", async () => {
    await start();
    await put("db", { tls: "verify" });
    await isRefused("no-authority");
    await assert.rejects(whoAnswers(port()));
    await trust("db.pem", made.db);
    await answers("db");
    const before = await worker();
    await trust("other.pem", made.other);
    await rm(join(folder, "db.pem"));
    await eventually("it is served no more", () =>
      whoAnswers(port()).then(
        () => false,
        () => true,
      ),
    );
    await trust("db.pem", made.db);
    await answers("db");
    assert.equal(await worker(), before);
    await answers("plain", 2);
  });

  it("verify: comes at run time after a reload too", async () => {
    await trust("db.pem", made.db);
    await start();
    const plain = { at: stage.echo("plain").port, front: port(1) };
    await put("more", plain);
    await answers("plain", 1);
    const before = await worker();
    await put("later", { at: db.port, front: port(1), tls: "verify db" });
    await eventually("it answers as well", async () => (await whoAnswers(port(1))) === "db");
    assert.equal(await worker(), before);
  });

  it("insecure: is served whatever its certificate; what nobody can read is served nowhere", async () => {
    await start({});
    await put("db", { tls: "insecure" });
    await answers("db");
    await put("db", { tls: "not valid" });
    await isRefused("setting-not-valid");
    await eventually("it is served no more", () =>
      whoAnswers(port()).then(
        () => false,
        () => true,
      ),
    );
  });
});
