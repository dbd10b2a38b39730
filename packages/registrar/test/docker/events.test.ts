import assert from "node:assert/strict";
import fc from "fast-check";
import { type EngineEvent, longestLine, readEvent, readLines } from "../../src/docker/events.ts";

const id = "a".repeat(64);

function container(Action: string, Attributes: Readonly<Record<string, string>> = {}): string {
  return JSON.stringify({
    Type: "container",
    Action,
    Actor: { ID: id, Attributes },
    timeNano: 1_700_000_000_123_000_000,
  });
}

function network(Action: string, Attributes: Readonly<Record<string, string>> = {}): string {
  return JSON.stringify({ Type: "network", Action, Actor: { ID: "n", Attributes }, time: 1_700_000_000 });
}

describe("an event", () => {
  const told: readonly (readonly [string, string, Partial<EngineEvent>])[] = [
    ["start", container("start"), { what: "changed", containerId: id, atMs: 1_700_000_000_123 }],
    ["die", container("die", { exitCode: "0" }), { what: "died" }],
    ["kill with its signal", container("kill", { signal: "15" }), { what: "killed", signal: 15 }],
    ["kill with an odd signal", container("kill", { signal: "x" }), { what: "killed", signal: 0 }],
    ["health that is bad", container("health_status: unhealthy"), { what: "unhealthy" }],
    ["health that is good", container("health_status: healthy"), { what: "healthy" }],
    ["pause", container("pause"), { what: "changed" }],
    ["unpause", container("unpause"), { what: "changed" }],
    ["rename", container("rename"), { what: "changed" }],
    ["destroy", container("destroy"), { what: "changed" }],
    [
      "network connect",
      network("connect", { container: id }),
      { what: "changed", containerId: id, atMs: 1_700_000_000_000 },
    ],
    ["network disconnect", network("disconnect", { container: id }), { what: "changed", containerId: id }],
  ];
  for (const [name, line, expected] of told) {
    it(`is told: ${name}`, () => {
      const event = readEvent(line);
      assert.ok(event !== undefined);
      const keys = Object.keys(expected) as (keyof EngineEvent)[];
      assert.deepEqual(Object.fromEntries(keys.map((key) => [key, event[key]])), expected);
    });
  }

  const ignored: readonly (readonly [string, string])[] = [
    ["exec_create", container("exec_create: redis-cli ping")],
    ["exec_start", container("exec_start: redis-cli ping")],
    ["exec_die", container("exec_die")],
    ["top", container("top")],
    ["a process that ran out of memory", container("oom")],
    ["a network's own", network("create")],
    ["an image's", JSON.stringify({ Type: "image", Action: "pull", Actor: { ID: "x" } })],
    ["half a line", container("start").slice(0, 40)],
    ["no JSON", "hello"],
    ["no event", "{}"],
    ["null", "null"],
  ];
  for (const [name, line] of ignored) it(`is ignored: ${name}`, () => assert.equal(readEvent(line), undefined));
});

describe("an event with labels of 10 MB", () => {
  it("costs next to nothing, and has its container looked at", async () => {
    const label = "8080,".repeat(2_000_000);
    const bytes = new TextEncoder().encode(`${container("die", { label, signal: "9" })}\n${container("start")}\n`);
    const events: (EngineEvent | undefined)[] = [];
    const before = process.cpuUsage();
    for await (const line of readLines(from([...cut(bytes, Array.from({ length: 200 }, () => 65_536).values())])))
      events.push(readEvent(line));
    const { user, system } = process.cpuUsage(before);
    assert.deepEqual(events[0], { containerId: id, what: "changed", signal: 0, atMs: 0 });
    assert.equal(events[1]?.what, "changed");
    assert.equal(events.length, 2);
    assert.ok(user + system < 300_000, `${(user + system) / 1000} ms of the processor`);
  });

  it("tells of health as one with few labels does", () => {
    for (const health of ["healthy", "unhealthy"]) {
      const line = container(`health_status: ${health}`, { label: "x".repeat(longestLine) });
      assert.equal(readEvent(line.slice(0, longestLine))?.what, health);
    }
  });

  it("is ignored when it changes no endpoint", () => {
    const line = container("exec_start: true", { label: "x".repeat(longestLine) });
    assert.equal(readEvent(line.slice(0, longestLine)), undefined);
  });
});

describe("lines of a stream", () => {
  const collect = async (chunks: readonly Uint8Array[]) => {
    const lines: string[] = [];
    for await (const line of readLines(from(chunks))) lines.push(line);
    return lines;
  };

  it("come whole, however the bytes are cut", async () => {
    const texts = fc.array(fc.string({ unit: "grapheme" }).filter((text) => text !== "" && !text.includes("\n")));
    await fc.assert(
      fc.asyncProperty(texts, fc.infiniteStream(fc.integer({ min: 1, max: 7 })), async (lines, sizes) => {
        const bytes = new TextEncoder().encode(lines.map((line) => `${line}\n`).join(""));
        assert.deepEqual(
          await collect([...cut(bytes, sizes)]),
          lines.map((line) => line.toWellFormed()),
        );
      }),
    );
  });

  it("come without a last newline too", async () => {
    assert.deepEqual(await collect([new TextEncoder().encode("a\n\nb")]), ["a", "b"]);
  });
});

async function* from(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
}

function* cut(bytes: Uint8Array, sizes: Iterator<number>): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length;) {
    const size = Number(sizes.next().value);
    yield bytes.slice(at, at + size);
    at += size;
  }
}
