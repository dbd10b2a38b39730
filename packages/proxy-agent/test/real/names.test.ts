import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { connect as connectPlain, createServer, type AddressInfo, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { connect, type ConnectionOptions } from "node:tls";
import { freePorts } from "../../../../test/free-ports.ts";
import { eventually } from "../../../../test/lab/eventually.ts";
import { namesOn, openTls, type AName } from "./kit/names-stage.ts";
import { postgres, type RealServer } from "./kit/real-servers.ts";
import { serverAt } from "./kit/stage.ts";
import { useStage } from "./kit/use-stage.ts";

/** A name's server, called as the name. */
function at(name: string, port: number, options: readonly string[] = []): AName["server"] {
  return serverAt({ name: name.replaceAll(".", "-"), port }, { options, endpoint: `endpoints/shop/${name}/1/n/c` });
}

/** Opens TLS and answers the first bytes; rejects when there are none. */
async function firstBytes(socket: Socket | undefined, port: number, options: ConnectionOptions = {}): Promise<string> {
  const way = socket === undefined ? { host: "127.0.0.1", port } : { socket };
  const secure = connect({ ...way, rejectUnauthorized: false, ...options });
  try {
    const signal = AbortSignal.timeout(5000);
    const closed = once(secure, "close", { signal }).then(() => Promise.reject(new Error("closed")));
    const [bytes] = (await Promise.race([once(secure, "data", { signal }), closed])) as [Buffer];
    return `${String(secure.alpnProtocol)} ${bytes.toString("latin1")}`;
  } finally {
    secure.destroy();
  }
}

/** Asks for encryption by Kerberos, and for TLS. */
const [gss, ssl] = [80877104, 80877103];

/** Sends requests of eight bytes, and answers what came for each. */
async function ask(socket: Socket, codes: readonly number[]): Promise<string> {
  let said = "";
  for (const code of codes) {
    const request = Buffer.alloc(8);
    request.writeInt32BE(8, 0);
    request.writeInt32BE(code, 4);
    socket.write(request.subarray(0, 3));
    await delay(20);
    socket.write(request.subarray(3));
    const [answer] = (await once(socket, "data", { signal: AbortSignal.timeout(5000) })) as [Buffer];
    said += answer.toString("latin1");
  }
  return said;
}

describe("PostgreSQL behind a port that services share by name", () => {
  const stage = useStage(["echo"], 1);
  const port = () => stage().ports[0] ?? 0;
  const name = "db1.example.com";
  let database: RealServer;

  before(async () => {
    const [own = 0] = await freePorts(1);
    database = await postgres(own);
  });
  after(() => database.close());

  async function serve(server: AName["server"], lists: Parameters<typeof namesOn>[2]["lists"] = []): Promise<void> {
    const names = [{ name, server, isGreeted: true }];
    const outcome = await stage().stage.apply(namesOn(stage(), names, { tls: await openTls(stage()), lists }));
    assert.ok(outcome.ok, JSON.stringify(outcome));
  }

  /** What PostgreSQL's own client says of a name. */
  function psql(host: string, more = "sslmode=require"): Promise<string> {
    const where = `host=${host} hostaddr=127.0.0.1 port=${port()} user=nobody dbname=postgres ${more} connect_timeout=5`;
    return new Promise((resolve) => {
      execFile("psql", ["--no-password", where, "-c", "select 1"], (_, stdout, stderr) => resolve(stdout + stderr));
    });
  }

  it("is found by its own client, which asks for TLS in plain, and who asks for another name or for no TLS is refused", async () => {
    await serve(at(name, database.port));
    await eventually(async () => assert.match(await psql(name), /no password supplied/), { within: 20_000 });
    assert.match(await psql("db2.example.com"), /EOF detected|closed the connection unexpectedly/);
    assert.match(await psql(name, "sslmode=disable"), /closed the connection unexpectedly/);
    stage().stage.refused.lookNow();
    await eventually(
      () => {
        const refused = stage().stage.refused.totals.find(({ reason }) => reason === "name");
        assert.equal(refused?.count, 2);
        assert.equal(refused?.listener, port());
      },
      { within: 10_000 },
    );
  });

  it("is told that there is no encryption by Kerberos, then that there is TLS, in whatever pieces it asks", async () => {
    await serve(at(name, stage().echoes[0]?.port ?? 0));
    const socket = connectPlain(port(), "127.0.0.1");
    assert.equal(await ask(socket, [gss, ssl]), "NS");
    assert.equal(await firstBytes(socket, 0, { servername: name }), "false echo\n");
  });

  it("is reached by TLS from the first byte, with the protocol that its clients of 17 insist on", async () => {
    await serve(at(name, stage().echoes[0]?.port ?? 0));
    const options = { servername: name, ALPNProtocols: ["postgresql"] };
    assert.equal(await firstBytes(undefined, port(), options), "postgresql echo\n");
  });

  it("sees the client's own address, told by a PROXY header in and another out", async () => {
    const headers: Buffer[] = [];
    const server = createServer((socket) => {
      socket
        .on("error", () => undefined)
        .once("data", (bytes: Buffer) => {
          headers.push(bytes);
          socket.end("seen\n");
        });
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const networks = ["127.0.0.1"];
    const from = { services: ["shop/echo"], settings: [] };
    await serve(at(name, (server.address() as AddressInfo).port, ["send-proxy-v2"]), [
      { kind: "accept-proxy", networks, from },
    ]);
    const socket = connectPlain(port(), "127.0.0.1");
    socket.write(`PROXY TCP4 203.0.113.9 127.0.0.1 40000 ${port()}\r\n`);
    assert.equal(await ask(socket, [ssl]), "S");
    assert.equal(await firstBytes(socket, 0, { servername: name }), "false seen\n");
    assert.equal(headers[0]?.subarray(16, 20).join("."), "203.0.113.9");
    server.close();
  });
});

const lasting = Array.from({ length: 20 }, (_, index) => `db${index}.example.com`);
const perSecond = 40;
const seconds = 4;
/** A machine that is too slow for so many opens fewer, not more and more at a time. */
const mostAtOnce = 20;

// A hundred names and 300 a second: `npm run bench -- 12`.
describe("names on a port under load", () => {
  const stage = useStage(["echo"], 1);
  const ask = (servername: string) => firstBytes(undefined, stage().ports[0] ?? 0, { servername }).catch(String);

  it(`come and go while ${perSecond} clients a second are served by ${lasting.length} others, by the same worker`, async () => {
    const tls = await openTls(stage());
    const echo = stage().echoes[0]?.port ?? 0;
    const names = (extra: readonly string[]) => {
      const all = [...lasting, ...extra].map((name) => ({ name, server: at(name, echo) }));
      return namesOn(stage(), all, { tls });
    };
    assert.ok((await stage().stage.apply(names([]))).ok);
    const { workers } = await stage().stage.processes();
    const outcomes: Promise<string>[] = [];
    const guests: string[] = [];
    let ended = 0;
    const begun = performance.now();
    const passedS = () => (performance.now() - begun) / 1000;
    const offer = async () => {
      while (passedS() < seconds) {
        const due = Math.min(passedS() * perSecond, ended + mostAtOnce);
        while (outcomes.length < due) {
          outcomes.push(ask(lasting[outcomes.length % lasting.length] ?? "").finally(() => (ended += 1)));
        }
        await delay(5);
      }
    };
    const change = async () => {
      while (passedS() < seconds) {
        const guest = `guest${guests.length}.example.com`;
        const outcome = await stage().stage.apply(names([guest]));
        assert.ok(outcome.ok && outcome.how === "runtime", JSON.stringify(outcome));
        guests.push(await ask(guest));
        await delay(100);
      }
    };
    await Promise.all([offer(), change()]);
    const answers = [...(await Promise.all(outcomes)), ...guests];
    assert.deepEqual([...new Set(answers)], ["false echo\n"]);
    assert.ok(outcomes.length > lasting.length && guests.length >= 2, `${outcomes.length}, ${guests.length}`);
    assert.deepEqual((await stage().stage.processes()).workers, workers);
  });
});

describe("a name that leaves a port after its last server", () => {
  const stage = useStage(["echo"], 1);

  it("leaves haproxy.cfg as well, though no server changes with it", async () => {
    const tls = await openTls(stage());
    const [kept, left] = ["kept.example.com", "left.example.com"].map((name) => {
      return { name, server: at(name, stage().echoes[0]?.port ?? 0) };
    });
    assert.ok(kept && left);
    const both = namesOn(stage(), [kept, left], { tls });
    const listeners = both.listeners.map((each) => (each.name === left.name ? { ...each, servers: [] } : each));
    const alone = namesOn(stage(), [kept], { tls });
    const server = `server ${left.server.name} `;
    assert.ok((await stage().stage.apply(alone)).ok);
    for (const [desired, text, isThere] of [
      [both, server, true],
      [{ ...both, listeners }, server, false],
      [alone, left.name, false],
    ] as const) {
      const outcome = await stage().stage.apply(desired);
      assert.equal(outcome.ok && outcome.how, "runtime", JSON.stringify(outcome));
      await eventually(
        async () => {
          const written = await readFile(stage().stage.paths.config, "utf8");
          assert.equal(written.includes(text), isThere, text);
        },
        { within: 5000 },
      );
    }
  });
});
