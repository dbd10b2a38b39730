import assert from "node:assert/strict";
import { endpointAt, endpoints } from "./node.ts";
import { until } from "./until.ts";
import { createWorld, type World } from "./world.ts";

const large = (bytes: number) => "x".repeat(bytes);

describe("a record that etcd does not take", () => {
  let world: World;

  beforeEach(async () => {
    world = await createWorld();
  });

  afterEach(() => world.end());

  const heldKeys = async () => {
    const { stored } = await world.client.list([{ prefix: "endpoints/" }]);
    return stored.map(({ key }) => key).sort();
  };

  for (const [title, bytes, words] of [
    [
      "is set aside and told, and all others are written, when it is larger than a request may be",
      1_600_000,
      /too large/,
    ],
    ["is set aside and told as well when it is larger than a message may be", 2_800_000, /larger than max/],
  ] as const) {
    it(title, async () => {
      const ordinary = endpoints("n1", 20);
      const bad = endpointAt("n1", 5);
      const publisher = world.publish({ wanted: new Map([...ordinary, [bad, large(bytes)]]) });
      await publisher.settled();
      assert.deepEqual(await heldKeys(), [...ordinary.keys()].filter((key) => key !== bad).sort());
      const { refused } = publisher.state();
      assert.deepEqual(
        refused.map(({ key }) => key),
        [bad],
      );
      assert.match(refused[0]?.reason ?? "", words);
      assert.equal(publisher.log.lines.filter((line) => line.includes("record refused by the registry")).length, 1);
    });
  }

  it("takes the place of none that stood there before, and is written when it fits", async () => {
    const bad = endpointAt("n1", 0);
    const publisher = world.publish({ wanted: endpoints("n1", 2) });
    await publisher.settled();
    publisher.set(new Map([[bad, large(1_600_000)]]));
    await until(() => publisher.state().refused.length === 1);
    await publisher.settled();
    assert.deepEqual(await heldKeys(), [endpointAt("n1", 1)]);
    publisher.set(new Map([[bad, "fits"]]));
    await publisher.settled();
    assert.equal((await heldKeys()).length, 2);
    assert.deepEqual(publisher.state().refused, []);
  });
});
