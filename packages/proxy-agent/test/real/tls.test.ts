import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { given, published } from "../given.ts";
import { agentHome, ready, type AgentHome } from "./kit/agent-process.ts";
import { makeCertificate, openTls, pemOf, shownTo, type Made } from "./kit/certificates.ts";
import { eventually } from "./kit/client.ts";
import { openRegistryStage, type RegistryStage } from "./kit/registry-stage.ts";
import { freePorts } from "../../../../test/free-ports.ts";

describe("a port that is marked /ssl", () => {
  let stage: RegistryStage;
  let home: AgentHome;
  let folder: string;
  let port: number;
  let made: { readonly a: Made; readonly b: Made; readonly renewed: Made; readonly expired: Made };

  before(async () => {
    stage = await openRegistryStage(["a", "b"]);
    const [a, b, renewed, expired] = await Promise.all([
      makeCertificate("a.example"),
      makeCertificate("b.example"),
      makeCertificate("b.example"),
      makeCertificate("c.example", { days: -1 }),
    ]);
    made = { a, b, renewed, expired };
  });

  beforeEach(async () => {
    home = await agentHome();
    folder = await mkdtemp(join(tmpdir(), "fairway-certificates-"));
    [port = 0] = await freePorts(1);
    await stage.clear();
  });

  afterEach(async () => {
    await home.clear();
    await rm(folder, { recursive: true });
  });
  after(() => stage.close());

  const put = (listen = [{ port, ssl: true }]) => {
    const behind = {
      node: "node-1",
      container: "a",
      addresses: [published("127.0.0.1", stage.echo("a").port)],
      listen,
    };
    return stage.put(given().service("shop", "db").node("node-1", { address: "127.0.0.1" }).endpoint(behind));
  };

  /** As careful tools do it: nobody sees half a file. */
  const place = async (name: string, certificate: Made) => {
    await writeFile(join(folder, `.${name}`), pemOf(certificate));
    await rename(join(folder, `.${name}`), join(folder, name));
  };

  const start = async (env: NodeJS.ProcessEnv = { CERT_FOLDER: folder }) => {
    const run = home.start({ ...stage.env, ...env });
    await put();
    await ready(home);
    return run;
  };

  const served = (host: string, certificate: Made) =>
    eventually(`${host} has its certificate`, async () => (await shownTo(port, host)) === certificate.certificate);

  it("is served with the certificate of the name that is asked for, else with the first", async () => {
    await place("a.pem", made.a);
    await place("b.pem", made.b);
    await start();
    await eventually("a answers", async () => (await openTls(port, "a.example")).server === "a");
    await served("a.example", made.a);
    await served("b.example", made.b);
    await served("unheard.example", made.a);
    assert.equal(await shownTo(port), made.a.certificate);
    const [, metrics] = await home.admin("/metrics");
    const expiry = /^fairway_certificate_expiry_timestamp_seconds\{certificate="b\.pem"\} ([0-9]+)$/m.exec(
      metrics,
    )?.[1];
    assert.equal(Number(expiry) * 1000, Date.parse(new X509Certificate(made.b.certificate).validTo));
    await assert.rejects(openTls(port, "a.example", { minVersion: "TLSv1.1", maxVersion: "TLSv1.1" }));
  });

  it("takes renewed and new certificates and lets go of others, without another worker", async () => {
    await place("a.pem", made.a);
    await place("b.pem", made.b);
    await start();
    await served("b.example", made.b);
    const { haproxy } = await home.status();
    const lasting = await openTls(port, "b.example");
    await place("b.pem", made.renewed);
    await served("b.example", made.renewed);
    await rm(join(folder, "b.pem"));
    await served("b.example", made.a);
    await place("sub.pem", made.b);
    await served("b.example", made.b);
    lasting.socket.write("still here\n");
    const [back] = (await once(lasting.socket, "data")) as [Buffer];
    assert.equal(back.toString(), "still here\n");
    lasting.socket.destroy();
    assert.equal((await home.status()).haproxy?.pid, haproxy?.pid);
  });

  it("keeps a certificate whose renewal cannot be used, and all of them when the folder is gone", async () => {
    await place("a.pem", made.a);
    await place("b.pem", made.b);
    await start();
    await served("b.example", made.b);
    await place("b.pem", { certificate: made.renewed.certificate, key: made.a.key });
    await place("c.pem", made.expired);
    const notes = async () => (await home.status()).notes.join("\n");
    await eventually("it is told", async () => /b\.pem: its private key belongs to another/.test(await notes()));
    assert.match(await notes(), /c\.pem: expired on [0-9-]+$/m);
    await served("b.example", made.b);
    await rename(folder, `${folder}-gone`);
    await eventually("that is told", async () =>
      /certificates cannot be read: .*those that were there/.test(await notes()),
    );
    await served("b.example", made.b);
    await rename(`${folder}-gone`, folder);
  });

  it("is refused while there is no certificate, and served once there is one", async () => {
    await start();
    const rejections = async () => (await home.status()).rejections;
    await eventually("it is refused", async () => (await rejections()).some(({ code }) => code === "no-certificate"));
    await assert.rejects(openTls(port));
    await place("a.pem", made.a);
    await served("a.example", made.a);
    assert.deepEqual(await rejections(), []);
  });

  it("is not opened in plain to who asks for that, and neither the other way round", async () => {
    await place("a.pem", made.a);
    await start();
    await served("a.example", made.a);
    const other = { node: "node-1", container: "b", addresses: [published("127.0.0.1", stage.echo("b").port)] };
    await stage.put(
      given()
        .node("node-1", { address: "127.0.0.1" })
        .service("shop", "later")
        .endpoint({ ...other, listen: [{ port, ssl: false }] }),
    );
    const rejections = async () => (await home.status()).rejections;
    await eventually("the other is refused", async () =>
      (await rejections()).some(({ code }) => code === "tls-differs"),
    );
    for (let turn = 0; turn < 6; turn += 1) assert.equal((await openTls(port, "a.example")).server, "a");
  });

  it("asks clients for a certificate of CA_CERT_FILE", async () => {
    await place("a.pem", made.a);
    const authorities = join(folder, "authorities");
    await writeFile(authorities, made.b.certificate);
    await start({ CERT_FOLDER: folder, CA_CERT_FILE: authorities });
    const mine = { cert: made.b.certificate, key: made.b.key };
    await eventually(
      "a client of that authority is served",
      async () => (await openTls(port, "a.example", mine)).server === "a",
    );
    await assert.rejects(openTls(port, "a.example"));
    await assert.rejects(openTls(port, "a.example", { cert: made.a.certificate, key: made.a.key }));
  });

  it("lets go of a client that says nothing, and leaves established connections in peace", async () => {
    await place("a.pem", made.a);
    await start();
    await served("a.example", made.a);
    const established = await openTls(port, "a.example");
    const silent = connect({ host: "127.0.0.1", port });
    const begun = performance.now();
    silent.resume();
    await once(silent, "close", { signal: AbortSignal.timeout(15_000) });
    assert.ok(performance.now() - begun > 8000);
    assert.ok(!established.socket.destroyed && established.socket.readable);
    established.socket.destroy();
  });

  it("loses no new connection while certificates are renewed and added", async () => {
    await place("a.pem", made.a);
    await place("b.pem", made.b);
    await start();
    await served("b.example", made.b);
    const { haproxy } = await home.status();
    const failures: string[] = [];
    const pending: Promise<void>[] = [];
    const timer = setInterval(() => {
      const one = openTls(port, "b.example").then(({ socket }) => void socket.destroy());
      pending.push(one.catch((error: Error) => void failures.push(error.message)));
    }, 20);
    for (const certificate of [made.renewed, made.b]) {
      await place("b.pem", certificate);
      await place(`more-${pending.length}.pem`, made.a);
      await served("b.example", certificate);
    }
    clearInterval(timer);
    await Promise.all(pending);
    assert.deepEqual(failures, []);
    assert.ok(pending.length > 50);
    assert.equal((await home.status()).haproxy?.pid, haproxy?.pid);
  });

  it("has its key in files of its own alone", async () => {
    const text = pemOf(made.a).trimEnd().replaceAll("\n", "\\n");
    const run = await start({
      DEFAULT_SSL_CERT: text,
      EXTRA_SSL_CERTS: "SECOND",
      SECOND: pemOf(made.b),
      LOG_LEVEL: "debug",
    });
    await served("a.example", made.a);
    await served("b.example", made.b);
    const secret = made.a.key.split("\n")[1] ?? "";
    const grep = promisify(execFile)("grep", ["-rlF", secret, home.directory]);
    assert.deepEqual((await grep).stdout.trim().split("\n"), [join(home.directory, "certificates/default.pem")]);
    const { haproxy } = await home.status();
    for (const pid of [haproxy?.pid, await home.masterPid()]) {
      assert.ok(!(await readFile(`/proc/${pid}/environ`, "utf8")).includes("PRIVATE KEY"));
    }
    assert.ok(!JSON.stringify(await home.status()).includes(secret));
    await run.kill("SIGTERM");
    assert.ok(!(await run.ended).output.includes(secret));
  });
});
