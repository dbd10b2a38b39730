import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { openTls, pemOf, shownTo } from "./kit/certificates.ts";
import { eventually, whoAnswers } from "./kit/client.ts";
import { useTlsStage } from "./kit/use-tls-stage.ts";

/** More by hand, at the full rate: `TLS_SECONDS=30`, `SILENT_CLIENTS=5000`. */
const { TLS_SECONDS: secondsByHand } = process.env;
const seconds = Number(secondsByHand ?? 2);
const silentClients = Number(process.env["SILENT_CLIENTS"] ?? 300);
const perSecond = 300;
/** A machine that is too slow for so many opens fewer, not more and more at a time. */
const mostAtOnce = 60;

describe("ports that are marked /ssl", () => {
  const at = useTlsStage();

  it(`lose none of ${perSecond} new connections a second while certificates are renewed and added`, async () => {
    const { home, port, made, place, start, served } = at();
    await place("a.pem", made.a);
    await place("b.pem", made.b);
    await start();
    await served("b.example", made.b);
    const { haproxy } = await home.status();
    const failures: string[] = [];
    const pending: Promise<void>[] = [];
    const begun = performance.now();
    let done = 0;
    const open = async () => {
      while (pending.length < seconds * perSecond) {
        const due = Math.min(((performance.now() - begun) / 1000) * perSecond, seconds * perSecond, done + mostAtOnce);
        while (pending.length < due) pending.push(connectOnce(port, failures).then(() => void (done += 1)));
        await delay(5);
      }
      return performance.now() - begun;
    };
    const load = open();
    let turns = 0;
    for (; pending.length < seconds * perSecond; turns += 1) {
      const certificate = turns % 2 === 0 ? made.renewed : made.b;
      await place("b.pem", certificate);
      await place(`more-${turns}.pem`, made.a);
      await served("b.example", certificate);
    }
    const openedMs = await load;
    await Promise.all(pending);
    assert.deepEqual(failures, []);
    assert.ok(turns > 0);
    assert.equal(pending.length, seconds * perSecond);
    if (secondsByHand !== undefined) assert.ok(openedMs < seconds * 1050, `they took ${openedMs} ms`);
    assert.equal((await home.status()).haproxy?.pid, haproxy?.pid);
  });

  it("leave other ports theirs, whoever holds all connections that one may have and says nothing", async () => {
    const { port, otherPort, made, place, put, folder, start, served } = at();
    await place("a.pem", made.a);
    const most = Math.floor(silentClients * 0.8);
    await start({ CERT_FOLDER: folder, MAXCONN: String(most) });
    await put([
      { port, ssl: true },
      { port: otherPort, ssl: false },
    ]);
    // A reload would leave the silent ones to the former worker.
    await eventually("both are served", async () => (await whoAnswers(otherPort)) === "a");
    await served("a.example", made.a);
    const silent = Array.from({ length: silentClients }, () => hold(port));
    await Promise.all(silent.slice(0, most).map((each) => once(each, "connect")));
    // The port is full: nobody else gets a certificate there.
    await assert.rejects(shownTo(port, "a.example"));
    for (let turn = 0; turn < 20; turn += 1) assert.equal(await whoAnswers(otherPort), "a");
    for (const each of silent) each.destroy();
    await served("a.example", made.a);
  });

  it("have their keys in files of their own alone", async () => {
    const { home, made, start, served, stage } = at();
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
    const { stored } = await stage.client.list([{ prefix: "" }]);
    assert.ok(
      !stored
        .map(({ value }) => value)
        .join()
        .includes(secret),
    );
    await run.kill("SIGTERM");
    assert.ok(!(await run.ended).output.includes(secret));
  });
});

async function connectOnce(port: number, failures: string[]): Promise<void> {
  try {
    const { socket } = await openTls(port, "b.example", { patienceMs: 20_000 });
    socket.destroy();
  } catch (error) {
    failures.push((error as Error).message);
  }
}

function hold(port: number): Socket {
  const socket = connect({ host: "127.0.0.1", port });
  socket.on("error", () => socket.destroy());
  return socket;
}
