import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { logs } from "../src/commands/logs.ts";

/** An agent's admin address: what it answers where its log is asked for. */
async function agentWith(name: string, code: number, log: string): Promise<Server> {
  const server = createServer((request, response) => {
    if (request.url === "/status") response.end(JSON.stringify({ proxy: name, node: { name: "n1" } }));
    else response.writeHead(code).end(log);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

const portOf = (server: Server) => (server.address() as AddressInfo).port;

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
    const lost = { is: "lost", time: "2026-11-30T08:00:00.000Z", count: 3 };
    const [first, second] = [
      await agentWith("first", 409, "none"),
      await agentWith("second", 200, `${JSON.stringify(lost)}\n`),
    ];
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
    assert.deepEqual([code, printed], [0, ["2026-11-30T08:00:00.000Z  3 lines lost"]]);
    assert.match(notes[0] ?? "", /^log of n1\/second, /);
  });
});
