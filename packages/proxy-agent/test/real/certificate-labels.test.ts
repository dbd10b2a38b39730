import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { given, published } from "../given.ts";
import { openTls, pemOf, shownTo, type Made } from "./kit/certificates.ts";
import { eventually } from "./kit/client.ts";
import { useTlsStage, type TlsStage } from "./kit/use-tls-stage.ts";

const allowed = { ALLOW_CERT_LABELS: "true" };

/** As a registrar writes it. */
function labelled(certificate: Made, name = "SSL_CERT"): Record<string, string> {
  return { [name]: pemOf(certificate).trim() };
}

/** A line of the key that stands nowhere else. */
function secretOf({ key }: Made): string {
  return key.split("\n")[1] ?? "";
}

describe("a port whose certificate stands in a label", () => {
  const at = useTlsStage();
  const tls = ({ port }: TlsStage) => [{ port, ssl: true }];
  /** The worker that serves the port, once that is told. */
  const workerPid = async () => {
    const { home, port } = at();
    const isTold = async () => {
      const { listeners, haproxy } = await home.status();
      return listeners.some((each) => each.port === port) && haproxy?.pid === (await home.workerPid());
    };
    await eventually("the listener and its worker are told", isTold);
    return home.workerPid();
  };
  const rejections = async () => (await at().home.status()).rejections;

  it("is served with it where ALLOW_CERT_LABELS says so, and a renewed one comes without another worker", async () => {
    const { home, port, made, start, served, put } = at();
    await start(allowed);
    await put(tls(at()), labelled(made.b));
    await served("b.example", made.b);
    assert.equal(await shownTo(port), made.b.certificate);
    const pid = await workerPid();
    const lasting = await openTls(port, "b.example");
    await put(tls(at()), labelled(made.renewed));
    await served("b.example", made.renewed);
    lasting.socket.write("still here\n");
    const [back] = (await once(lasting.socket, "data")) as [Buffer];
    assert.equal(back.toString(), "still here\n");
    lasting.socket.destroy();
    assert.equal((await home.status()).haproxy?.pid, pid);
    const [, metrics] = await home.admin("/metrics");
    assert.match(
      metrics,
      /^fairway_certificate_expiry_timestamp_seconds\{certificate="SSL_CERT of shop\/db on port [0-9]+"\} [0-9]+$/m,
    );
  });

  it("has it before the proxy's own, whose certificates stay those of all other ports", async () => {
    const { port, otherPort, made, place, folder, start, served, put, stage } = at();
    await place("a.pem", made.a);
    await start({ CERT_FOLDER: folder, ...allowed });
    await put(tls(at()), labelled(made.b, "DEFAULT_SSL_CERT"));
    const beside = { node: "node-1", container: "b", addresses: [published("127.0.0.1", stage.echo("b").port)] };
    await stage.put(
      given()
        .node("node-1", { address: "127.0.0.1" })
        .service("shop", "other")
        .endpoint({ ...beside, listen: [{ port: otherPort, ssl: true }] }),
    );
    await served("b.example", made.b);
    await served("a.example", made.a);
    assert.equal(await shownTo(port), made.b.certificate);
    await eventually("the other answers", async () => (await shownTo(otherPort)) === made.a.certificate);
    assert.equal(await shownTo(otherPort, "b.example"), made.a.certificate);
    await put();
    await served("b.example", made.a);
  });

  it("has its servers come and go while the disk does not take a new certificate, which comes once it does", async () => {
    const { stage, home, port, made, start, served, put } = at();
    await start(allowed);
    await put(tls(at()), labelled(made.b));
    await served("b.example", made.b);
    const pid = await workerPid();
    const blocked = join(home.directory, `port-certificates/port-${port}/default.pem.new`);
    await mkdir(blocked);
    const behind = (container: string) => ({
      node: "node-1",
      container,
      addresses: [published("127.0.0.1", stage.echo(container).port)],
      listen: tls(at()),
      settings: labelled(made.renewed),
    });
    const whoAnswersTls = async () => {
      const { server, socket } = await openTls(port);
      socket.destroy();
      return server;
    };
    const records = given().node("node-1", { address: "127.0.0.1" }).service("shop", "db");
    await stage.put(records.endpoint(behind("b")).endpoint({ ...behind("a"), state: "draining" }));
    await eventually("the new server answers", async () => (await whoAnswersTls()) === "b");
    assert.equal(await shownTo(port), made.b.certificate);
    await eventually("it is told", async () => /EISDIR/.test((await home.status()).lastError ?? ""));
    await rm(blocked, { recursive: true });
    await served("b.example", made.renewed);
    assert.equal(await workerPid(), pid);
  });

  it("is refused by itself, with the reason, while what stands there cannot be used", async () => {
    const { stage, otherPort, port, made, start, put } = at();
    await start(allowed);
    const good = { node: "node-1", container: "b", addresses: [published("127.0.0.1", stage.echo("b").port)] };
    await stage.put(
      given()
        .node("node-1", { address: "127.0.0.1" })
        .service("shop", "good")
        .endpoint({ ...good, listen: [{ port: otherPort, ssl: true }], settings: labelled(made.a) }),
    );
    const bad: readonly (readonly [string, RegExp])[] = [
      ["nonsense", /SSL_CERT has no effect: holds no certificate/],
      [made.b.certificate + made.a.key, /its private key belongs to another certificate/],
    ];
    for (const [text, reason] of bad) {
      await put(tls(at()), { SSL_CERT: text });
      await eventually(`${reason} is told`, async () =>
        (await rejections()).some((each) => each.code === "no-certificate" && reason.test(each.reason)),
      );
      await assert.rejects(openTls(port));
      await eventually("the other answers", async () => (await shownTo(otherPort)) === made.a.certificate);
    }
    assert.ok(!JSON.stringify(await at().home.status()).includes(secretOf(made.a)));
    await put(tls(at()), labelled(made.b));
    await eventually("it is served", async () => (await shownTo(port)) === made.b.certificate);
  });

  it("is served though it has expired, which is told: no proxy knows what another had before", async () => {
    const { home, port, made, start, put } = at();
    await start(allowed);
    await put(tls(at()), labelled(made.expired));
    await eventually("it is served", async () => (await shownTo(port)) === made.expired.certificate);
    const [, status] = await home.admin("/status");
    assert.match(status, /SSL_CERT of shop\/db on port [0-9]+: expired on [0-9-]+; it is served all the same/);
  });

  it("is refused, with the advice, by a proxy without ALLOW_CERT_LABELS", async () => {
    const { home, port, made, start, put } = at();
    await start({});
    await put(tls(at()), labelled(made.b));
    await eventually("it is refused", async () =>
      (await rejections()).some(({ code, reason }) => code === "no-certificate" && /ALLOW_CERT_LABELS/.test(reason)),
    );
    await assert.rejects(openTls(port));
    await assert.rejects(promisify(execFile)("grep", ["-rlF", secretOf(made.b), home.directory]));
  });

  it("has its key in etcd and in one file of mode 600 alone, and is served from there while etcd is away", async () => {
    const { stage, home, made, start, served, put, port } = at();
    const run = await start({ ...allowed, LOG_LEVEL: "debug" });
    await put(tls(at()), labelled(made.b));
    await served("b.example", made.b);
    const file = join(home.directory, `port-certificates/port-${port}/default.pem`);
    const grep = async () => (await promisify(execFile)("grep", ["-rlF", secretOf(made.b), home.directory])).stdout;
    assert.equal((await grep()).trim(), file);
    assert.equal((await stat(file)).mode & 0o777, 0o600);
    const worker = await workerPid();
    for (const pid of [worker, await home.masterPid()]) {
      for (const name of ["environ", "cmdline"])
        assert.ok(!(await readFile(`/proc/${pid}/${name}`, "utf8")).includes(secretOf(made.b)));
    }
    const pages = await Promise.all(["/status", "/metrics", "/readyz"].map((path) => home.admin(path)));
    assert.ok(!JSON.stringify(pages).includes(secretOf(made.b)));
    const { stored } = await stage.client.list([{ prefix: "" }]);
    const holding = stored.filter(({ value }) => value.includes(secretOf(made.b))).map(({ key }) => key);
    assert.ok(holding.length === 1 && holding[0]?.startsWith("endpoints/shop/db/"));
    await eventually("the snapshot names it", async () =>
      (await readFile(join(home.directory, "snapshot.json"), "utf8")).includes('"SSL_CERT"'),
    );
    await run.kill("SIGTERM");
    assert.ok(!(await run.ended).output.includes(secretOf(made.b)));
    assert.equal((await grep()).trim(), file);
    home.start({ ...allowed, ETCD_ENDPOINTS: "http://127.0.0.1:1" });
    await eventually("the next agent answers", async () => (await home.status()).haproxy?.pid === worker);
    await served("b.example", made.b);
  });
});
