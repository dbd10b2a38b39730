import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { proxyHeader, proxyHeaderText } from "@fairway/contract";
import { logs } from "../src/commands/logs.ts";
import { mergeLogs } from "../src/logs/merge-logs.ts";
import type { OpenLog } from "../src/logs/open-logs.ts";

/** An agent's admin address: what it answers where its log is asked for. */
async function agentWith(name: string, code: number, log: string): Promise<Server> {
  const server = createServer((_, response) => {
    response.writeHead(code, { [proxyHeader]: proxyHeaderText(name) }).end(log);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return server;
}

const portOf = (server: Server) => (server.address() as AddressInfo).port;
const timeAt = (second: number) => new Date(Date.UTC(2026, 10, 30, 8, 0, second)).toISOString();
const lost = (second: number) => `${JSON.stringify({ is: "lost", time: timeAt(second), count: 3 })}\n`;

describe("fairway logs", () => {
  let directory: string;
  const servers: Server[] = [];

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "fairway-logs-"));
  });
  after(async () => {
    for (const server of servers) server.close().closeAllConnections();
    await rm(directory, { recursive: true, force: true });
  });

  it("is of the first agent of this machine that has one, also where another has none", async () => {
    const [first, second] = [await agentWith("n1/first", 409, "none"), await agentWith("n1/second", 200, lost(1))];
    servers.push(first, second);
    const adminPorts = { agent: portOf(first), registrar: portOf(second) };
    await writeFile(join(directory, "running.json"), JSON.stringify({ adminPorts }));
    const [printed, notes]: [string[], string[]] = [[], []];
    const output = {
      print: (line: string) => void printed.push(line),
      note: (line: string) => void notes.push(line),
      unread: new AbortController().signal,
    };
    const given = { options: { etcd: "http://127.0.0.1:1" } };
    const { code } = await logs({ FAIRWAY_DIRECTORY: directory }, new AbortController().signal, given, output);
    // What other proxies there are nobody knows.
    assert.deepEqual([code, printed], [4, [`${timeAt(1)}  3 lines lost`]]);
    assert.deepEqual(notes.slice(0, 2), ["log of n1/second", "n1/first has no log: set CONNECTION_LOG=on there"]);
    assert.equal(notes.at(-1), "other proxies are not known");
  });
});

describe("lines of several logs", () => {
  const open = (name: string) => {
    const body = new PassThrough();
    const log = { name, body, close: () => void body.destroy() } as unknown as OpenLog;
    return { body, log };
  };
  const read = async (logs: readonly OpenLog[], isFollowed = false) => {
    const [told, cut]: [string[], string[]] = [[], []];
    const onCut = (proxy: string, reason: string) => void cut.push(`${proxy}: ${reason}`);
    for await (const { proxy, item } of mergeLogs(logs, { isFollowed, onCut })) told.push(`${proxy} ${item.time}`);
    return { told, cut };
  };

  it("are told in the order of time, however they come, without what is no line or is too long", async () => {
    const [a, b] = [open("a"), open("b")];
    const reading = read([a.log, b.log]);
    const half = lost(6).length / 2;
    a.body.write(lost(1) + lost(4) + "{}\n" + lost(6).slice(0, half));
    b.body.write(lost(2));
    b.body.write(`{"is":"lost","count":1,"time":"${"x".repeat(200_000)}"}\n${lost(3)}`);
    setTimeout(() => {
      a.body.end(lost(6).slice(half));
      b.body.end(lost(5));
    }, 100);
    const { told, cut } = await reading;
    const expected = ["a", "b", "b", "a", "b", "a"].map((proxy, at) => `${proxy} ${timeAt(at + 1)}`);
    assert.deepEqual([told, cut], [expected, []]);
  });

  it("are told without one that says nothing for long, which is named", async () => {
    const [a, b] = [open("a"), open("b")];
    a.body.end(lost(1));
    assert.deepEqual(await read([a.log, b.log]), { told: [`a ${timeAt(1)}`], cut: ["b: silent for 5 s"] });
  });

  it("come while others are silent where they are followed, and one that hangs up is named", async () => {
    const [a, b] = [open("a"), open("b")];
    const told: string[] = [];
    const onCut = (proxy: string, reason: string) => void told.push(`${proxy} ${reason}`);
    const lines = mergeLogs([a.log, b.log], { isFollowed: true, onCut });
    a.body.write(lost(7));
    assert.equal((await lines.next()).value?.item.time, timeAt(7));
    b.body.write(lost(3));
    assert.equal((await lines.next()).value?.item.time, timeAt(3));
    b.body.destroy(new Error("gone"));
    a.body.end(lost(8));
    assert.equal((await lines.next()).value?.item.time, timeAt(8));
    assert.deepEqual([(await lines.next()).done, told], [true, ["b gone", "a it hung up"]]);
  });
});
