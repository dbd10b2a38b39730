import assert from "node:assert/strict";
import { rolloutKey } from "@fairway/contract";
import { exitCode, ProgramExit } from "@fairway/program";
import { RolloutMark } from "../../src/rollout/rollout-mark.ts";
import { until } from "../../../registry/test/real/until.ts";
import { createWorld, type World } from "../../../registry/test/real/world.ts";

const service = { node: "n1", project: "shop", service: "web" };
const key = rolloutKey(service);
const record = (by: string) => JSON.stringify({ v: 1, by, begunAt: "2026-11-30T04:00:00.000Z" });

describe("the mark of a rollout", () => {
  let world: World;
  const taken: RolloutMark[] = [];
  const notes: string[] = [];

  before(async () => {
    world = await createWorld();
  });

  afterEach(async () => {
    await Promise.all(taken.map((mark) => mark.remove()));
    notes.length = 0;
  });

  after(() => world.end());

  const take = async (by: string, signal = new AbortController().signal) => {
    const output = { note: (line: string) => void notes.push(line) };
    const mark = await RolloutMark.take({ client: world.open(), service, by, output, signal });
    taken.push(mark);
    return mark;
  };
  const refusal = async (by: string) => {
    const error: unknown = await take(by).catch((each: unknown) => each);
    assert.ok(error instanceof ProgramExit, String(error));
    return [error.code, ...error.lines.map((line) => line.replace(/since .*$/, "since then"))];
  };
  const leased = async (by: string) => {
    const { lease } = await world.client.grantLease(3000);
    await world.client.transact([], [{ type: "put", key, value: record(by), lease }]);
  };
  const stored = async () => (await world.client.get([key])).stored[0];

  it("keeps a second rollout away while the first lives, and says whose that is", async () => {
    const first = await take("process 1 on ci");
    assert.deepEqual(await refusal("process 2 on ci"), [
      exitCode.no,
      "nothing was done: shop/web is being rolled out by process 1 on ci since then",
    ]);
    await first.remove();
    assert.equal(await stored(), undefined);
    await take("process 2 on ci");
  });

  it("runs out where the first was killed, and the second goes on then", async () => {
    await leased("process 1 on ci");
    await take("process 2 on ci");
    assert.deepEqual(notes, [
      "shop/web: looks whether a rollout by process 1 on ci since 2026-11-30T04:00:00.000Z still runs",
    ]);
  });

  it("is looked at no longer when the second is interrupted", async () => {
    await leased("process 1 on ci");
    const interrupted = new ProgramExit(exitCode.timeout, ["interrupted: nothing was done"]);
    await assert.rejects(take("process 2 on ci", AbortSignal.abort()), interrupted);
    await world.client.transact([], [{ type: "delete", key }]);
  });

  it("refuses at once beside one without a lease, which shows nothing that acts on a terminal", async () => {
    await world.client.transact([], [{ type: "put", key, value: record("\u001b[2J") }]);
    assert.deepEqual(await refusal("process 2 on ci"), [
      exitCode.no,
      "nothing was done: shop/web is being rolled out by \\u{1b}[2J since then",
    ]);
    await world.client.transact([], [{ type: "put", key, value: "{" }]);
    assert.match(String((await refusal("process 2 on ci"))[1]), /by somebody whose mark cannot be read$/);
    await world.client.transact([], [{ type: "delete", key }]);
  });

  it("is made anew when the registry has lost it, unless another rollout has begun by then", async () => {
    const mark = await take("process 1 on ci");
    const { lease } = (await stored()) ?? {};
    await world.client.revokeLease(lease ?? "");
    await until(async () => (await stored()) !== undefined);
    assert.equal(mark.lost.aborted, false);
    const again = (await stored())?.lease;
    assert.notEqual(again, lease);
    await world.client.revokeLease(again ?? "");
    await leased("process 2 on ci");
    await until(() => mark.lost.aborted);
    assert.match(notes.at(-1) ?? "", /^another rollout of it has begun meanwhile, by process 2 on ci since /);
  });
});
