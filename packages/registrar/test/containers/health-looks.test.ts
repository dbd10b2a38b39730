import assert from "node:assert/strict";
import { HealthLooks } from "../../src/containers/health-looks.ts";
import type { EngineEvent } from "../../src/docker/events.ts";

const id = "a".repeat(64);
const event = (what: EngineEvent["what"], containerId = id) => ({ what, containerId });

describe("a look at a container for its health", () => {
  it("is made at once when it is worse, but once a second", () => {
    const looks = new HealthLooks();
    const waits = [0, 100, 999, 1001, 1500, 5000].map((at) => looks.waitMs(event("unhealthy"), at));
    assert.deepEqual(waits, [0, 900, 1, 999, 500, 0]);
  });

  it("is made at once five times when it is better, then with a pause that doubles up to 30 s", () => {
    const looks = new HealthLooks();
    const times = new Set<number>();
    for (let now = 0; now < 150_000; now += 10) times.add(now + looks.waitMs(event("healthy"), now));
    const at = [...times];
    const gaps = at.map((each, index) => each - (at[index - 1] ?? 0));
    assert.deepEqual(gaps, [0, 10, 10, 10, 10, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000, 30_000]);
  });

  it("is made at once again five minutes later", () => {
    const looks = new HealthLooks();
    for (let now = 0; now < 60_000; now += 10) looks.waitMs(event("healthy"), now);
    assert.deepEqual(
      [60_000, 400_000, 400_000].map((now) => looks.waitMs(event("healthy"), now)),
      [1040, 0, 0],
    );
  });

  it("waits for no other container, and for no event of another kind", () => {
    const looks = new HealthLooks();
    for (let now = 0; now < 1000; now += 10) looks.waitMs(event("healthy"), now);
    assert.ok(looks.waitMs(event("healthy"), 1000) > 0);
    const others = [event("healthy", "b"), event("unhealthy"), event("died"), event("killed"), event("changed")];
    assert.deepEqual(
      others.map((each) => looks.waitMs(each, 1000)),
      [0, 0, 0, 0, 0],
    );
    looks.keepOnly(new Set(["b"]));
    assert.equal(looks.waitMs(event("healthy"), 1000), 0);
  });
});
