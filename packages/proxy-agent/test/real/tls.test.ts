import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { given, published } from "../given.ts";
import { makeCertificate, openTls, shownTo } from "./kit/certificates.ts";
import { eventually } from "./kit/client.ts";
import { useTlsStage } from "./kit/use-tls-stage.ts";

describe("a port that is marked /ssl", () => {
  const at = useTlsStage();

  it("is served with the certificate of the name that is asked for, else with the first", async () => {
    const { home, port, made, place, start, served } = at();
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
    const { home, folder, port, made, place, start, served } = at();
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
    const { home, folder, made, place, start, served } = at();
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

  it("is served with what can be used beside what cannot, each of which is told by itself", async () => {
    const { home, folder, made, place, start, served } = at();
    await place("a.pem", made.a);
    await place("broken.pem", { certificate: made.b.certificate.replace("\nMI", "\n!!"), key: made.b.key });
    await place("c.pem", made.expired);
    await place("half.pem", { certificate: made.b.certificate, key: made.b.key.slice(0, 60) });
    await place("other.pem", { certificate: made.b.certificate, key: made.a.key });
    await mkdir(join(folder, "folder.pem"));
    await start();
    await served("a.example", made.a);
    const { notes } = await home.status();
    const told = notes.filter((note) => /^(broken|c|folder|half|other)\.pem: /.test(note)).toSorted();
    const reasons = [
      /^broken\.pem: its certificate number 1 cannot be read$/,
      /^c\.pem: expired on [0-9-]+$/,
      /^folder\.pem: is no file$/,
      /^half\.pem: holds no private key$/,
      /^other\.pem: its private key belongs to another certificate$/,
    ];
    assert.equal(told.length, reasons.length, notes.join("\n"));
    for (const [nth, reason] of reasons.entries()) assert.match(told[nth] ?? "", reason);
  });

  it("has a certificate that ends within 14 days told in the log and the status", async () => {
    const { home, place, start, served } = at();
    const [soon, later] = await Promise.all([
      makeCertificate("soon.example", { days: 13 }),
      makeCertificate("later.example", { days: 15 }),
    ]);
    await place("soon.pem", soon);
    await place("later.pem", later);
    const run = await start();
    await served("soon.example", soon);
    const told = /^soon\.pem: expires on [0-9-]+$/;
    assert.deepEqual(
      (await home.status()).notes.filter((note) => / expires on /.test(note)).map((note) => told.test(note)),
      [true],
    );
    assert.equal(run.output().match(/"certificate ends soon"/g)?.length, 1);
  });

  it("is refused while there is no certificate, and served once there is one", async () => {
    const { home, port, made, place, start, served } = at();
    await start();
    const rejections = async () => (await home.status()).rejections;
    await eventually("it is refused", async () => (await rejections()).some(({ code }) => code === "no-certificate"));
    await assert.rejects(openTls(port));
    await place("a.pem", made.a);
    await served("a.example", made.a);
    assert.deepEqual(await rejections(), []);
  });

  it("is not opened in plain to who asks for that, and neither the other way round", async () => {
    const { stage, home, port, made, place, start, served } = at();
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

  it("counts who gets the first certificate for want of one with his name", async () => {
    const { home, port, made, place, start, served } = at();
    await place("a.pem", made.a);
    await start();
    const count = async () => {
      const [, metrics] = await home.admin("/metrics");
      const name = "fairway_default_certificate_connections_total";
      return Number(new RegExp(`^${name}\\{port="${port}"\\} ([0-9]+)$`, "m").exec(metrics)?.[1] ?? 0);
    };
    await served("a.example", made.a);
    assert.equal(await count(), 0);
    await shownTo(port, "b.example");
    await shownTo(port);
    await shownTo(port, "A.example");
    assert.equal(await count(), 2);
    const { haproxy } = await home.status();
    await place("b.pem", made.b);
    await served("b.example", made.b);
    const before = await count();
    await shownTo(port, "b.example");
    assert.equal(await count(), before);
    assert.equal((await home.status()).haproxy?.pid, haproxy?.pid);
  });

  it("shuts out who asks for no name that there is, with SSL_STRICT_SNI", async () => {
    const { port, made, place, folder, start, served } = at();
    await place("a.pem", made.a);
    await start({ CERT_FOLDER: folder, SSL_STRICT_SNI: "true" });
    await served("a.example", made.a);
    await assert.rejects(shownTo(port, "b.example"));
    await assert.rejects(shownTo(port));
  });

  it("asks clients for a certificate of CA_CERT_FILE", async () => {
    const { folder, port, made, place, start } = at();
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
    const { port, made, place, start, served } = at();
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
});
