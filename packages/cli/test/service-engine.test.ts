import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { exitCode, ProgramExit } from "@fairway/program";
import { Rollout, type RolloutTools } from "../src/rollout/rollout.ts";
import { ServiceEngine } from "../src/rollout/service-engine.ts";

/** For a silent engine, and for those that answer. */
const [silentMs, answerMs] = [200, 20_000];

/** An engine at a port of its own, of which every connection is given to `talk`; undefined: nobody listens there. */
async function engineAt(talk: ((socket: Socket) => void) | undefined, withinMs = answerMs) {
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket.on("error", () => undefined));
    talk?.(socket);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = () => {
    server.close();
    for (const socket of open) socket.destroy();
  };
  if (talk === undefined) close();
  return { host, engine: new ServiceEngine({ DOCKER_HOST: `tcp://${host}` }, withinMs), close };
}

const answer = (status: string, body: string) => (socket: Socket) => {
  socket.once("data", () => socket.end(`HTTP/1.1 ${status}\r\nContent-Length: ${body.length}\r\n\r\n${body}`));
};

describe("a Docker engine that a rollout asks", () => {
  const rows: readonly (readonly [string, ((socket: Socket) => void) | undefined, (host: string) => string])[] = [
    ["is not there", undefined, (host) => `connect ECONNREFUSED ${host}`],
    ["does not answer in time", () => undefined, () => "no answer within 0.2 s"],
    ["refuses", answer("500 No", '{"message":"busy\\u001b"}'), () => "it refuses: busy\\u{1b}"],
    ["says what no engine says", answer("200 OK", "welcome"), () => "its answer cannot be read"],
    ["does not know of itself", answer("404 No", "{}"), () => "it does not tell its id"],
  ];
  for (const [title, talk, reason] of rows) {
    it(`is named with its reason when it ${title}`, async () => {
      const { host, engine, close } = await engineAt(talk, title === "does not answer in time" ? silentMs : answerMs);
      const error: unknown = await engine.id().then(assert.fail, (each: unknown) => each);
      close();
      assert.ok(error instanceof ProgramExit, String(error));
      assert.deepEqual(
        [error.code, error.lines],
        [exitCode.environment, [`the Docker engine at ${host}: ${reason(host)}`]],
      );
    });
  }
});

describe("a rollout that is interrupted before it begins", () => {
  it("removes nothing, not even what does not run", async () => {
    let asked = 0;
    const { engine, close } = await engineAt((socket) => {
      asked += 1;
      answer("204 No Content", "")(socket);
    });
    const stopped = [
      { id: "a", name: "web_1", isRunning: false, isCurrent: false, isDrained: false, ownVolumes: [] },
    ] as const;
    const output = { print: () => undefined, note: () => undefined };
    const tools = {
      engine,
      output,
      signal: AbortSignal.abort(),
      lost: new AbortController().signal,
    } as unknown as RolloutTools;
    const facts = { project: "shop", service: "web", node: "n1", timeoutMs: 1000, drainMs: 1000 };
    const plan = { ok: true, stopped, kept: [], old: [], isReplacing: false, created: 1, scale: 1 } as const;
    await assert.rejects(
      new Rollout(tools, facts).run(plan),
      new ProgramExit(exitCode.timeout, ["interrupted: nothing was done"]),
    );
    close();
    assert.equal(asked, 0);
  });
});
