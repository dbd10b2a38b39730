import assert from "node:assert/strict";
import { sweepOnce } from "@fairway/registry";
import { put, remove } from "./puts.ts";
import { createLogRecorder } from "./recorder.ts";
import { createWorld, type World } from "./world.ts";

const hour = 3_600_000;

describe("the sweep of service records", () => {
  let world: World;
  let nowMs: number;

  beforeEach(async () => {
    world = await createWorld();
    nowMs = 0;
    await put(world.client, {
      "services/shop/empty": "{}",
      "services/shop/web": "{}",
      "services/shop/we": "{}",
      "endpoints/shop/web/80/n1/4f5c1b2a9d3e": "{}",
    });
  });

  afterEach(() => world.end());

  const options = () => ({
    client: world.client,
    log: createLogRecorder(),
    nowMs: () => nowMs,
    signal: new AbortController().signal,
  });

  const services = async () => {
    const { stored } = await world.client.list([{ prefix: "services/" }]);
    return stored.map(({ key }) => key);
  };

  it("removes a record once its service was empty through 24 h, and no other", async () => {
    let since = await sweepOnce(options(), new Map());
    nowMs = 23 * hour;
    since = await sweepOnce(options(), since);
    assert.equal((await services()).length, 3);
    nowMs = 24 * hour;
    await sweepOnce(options(), since);
    assert.deepEqual(await services(), ["services/shop/web"]);
  });

  it("keeps a record when an endpoint comes between the look and the removal", async () => {
    const since = await sweepOnce(options(), new Map());
    nowMs = 24 * hour;
    const racing = {
      ...world.client,
      transact: async (...[compares, operations]: Parameters<typeof world.client.transact>) => {
        await put(world.client, { "endpoints/shop/empty/80/n1/4f5c1b2a9d3e": "{}" });
        return world.client.transact(compares, operations);
      },
    };
    await sweepOnce({ ...options(), client: racing }, since);
    assert.deepEqual(await services(), ["services/shop/empty", "services/shop/web"]);
  });

  it("starts anew for a record that was removed and created again", async () => {
    const since = await sweepOnce(options(), new Map());
    await remove(world.client, ["services/shop/empty"]);
    await put(world.client, { "services/shop/empty": "{}" });
    nowMs = 24 * hour;
    await sweepOnce(options(), since);
    assert.deepEqual(await services(), ["services/shop/empty", "services/shop/web"]);
  });
});
