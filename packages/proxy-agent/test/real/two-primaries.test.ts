import assert from "node:assert/strict";
import { eventually } from "./kit/client.ts";
import type { RedisServer } from "./kit/redis-server.ts";
import { isDone, RedisStage } from "./kit/redis-stage.ts";
import { tablesSettled } from "./kit/tables.ts";

describe("two primaries at once", () => {
  let at: RedisStage;
  let other: RedisStage;

  before(async () => {
    [at, other] = [await RedisStage.open(), await RedisStage.open()];
  });

  after(() => Promise.all([at.close(), other.close()]));

  it("leave each of two proxies the one that it uses: the other one came later, a proxy reloads, the one in use dies and returns", async () => {
    const proxies = [at, other];
    const serve = (...all: Parameters<RedisStage["serve"]>) => Promise.all(proxies.map((each) => each.serve(...all)));
    const [one, two] = [await at.start("one"), await at.start("two")];
    const writtenTo = async (redis: RedisServer) => Number((await redis.say("INCR writes")).slice(1)) - 1;
    const write10 = async () => {
      for (let n = 0; n < 10; n += 1) for (const each of proxies) assert.ok(isDone(await each.say("INCR writes")));
    };
    // The one that HAProxy would choose second of two that it knows nothing of.
    const inUse = at.listenerOf([one, two]).servers.at(-1)?.port === one.port ? one : two;
    const rival = inUse === one ? two : one;
    const areUp = (count: number) =>
      eventually(`${count} are up on both`, async () => {
        const states = await Promise.all(proxies.map(({ stage }) => stage.health()));
        return states.every((servers) => servers.filter(({ isUp }) => isUp).length === count);
      });
    await serve([inUse]);
    await write10();
    await serve([rival, inUse]);
    await areUp(2);
    await tablesSettled(other.stage);
    assert.equal(await other.serve([rival, inUse], { CHECK: "redis-primary", IDLE: "1h" }), "reload");
    await tablesSettled(other.stage);
    await areUp(2);
    await write10();
    assert.deepEqual([await writtenTo(inUse), await writtenTo(rival)], [40, 0]);
    for (const { stage } of proxies) {
      await eventually("it is told", () => stage.lostRoles.notes.length === 1);
      assert.match(
        stage.lostRoles.notes[0] ?? "",
        /several servers are primary: redis\.node-1\.\S+, redis\.node-1\.\S+; the one in use is kept$/,
      );
    }
    await inUse.kill();
    await write10();
    const back = await at.restart(inUse);
    await areUp(2);
    await write10();
    assert.deepEqual([await writtenTo(back), await writtenTo(rival)], [0, 41]);
  });
});
