import assert from "node:assert/strict";
import type { Handout } from "@fairway/contract";
import type { SubscriptionEvent } from "@fairway/registry";
import { afterEach, beforeEach, describe, it } from "mocha";
import { AddonFollower } from "../../src/registry/addon.ts";
import { eventually } from "../real/kit/client.ts";
import { logTo, type LogLine } from "../real/kit/log-lines.ts";
import { aHandout } from "./a-handout.ts";

const listed: SubscriptionEvent = { type: "listed", listing: { revision: 1n, stored: [] } };

describe("following the addon", () => {
  let stop: AbortController;
  let lines: LogLine[];
  let taken: Handout[];
  let asked: number;
  /** What it answers now: a reason in place of an answer. */
  let answer: Handout | string;
  let addon: AddonFollower;

  beforeEach(() => {
    [stop, lines, taken, asked] = [new AbortController(), [], [], 0];
    answer = "http://172.17.0.1:7379 does not answer: refused";
    addon = new AddonFollower({
      ask: async () => {
        asked += 1;
        if (typeof answer === "string") throw new Error(answer);
        return answer;
      },
      onHandout: (handout) => taken.push(handout),
      log: logTo(lines),
      signal: stop.signal,
    });
  });

  afterEach(async () => {
    stop.abort();
    await addon.idle();
  });

  const messages = () => lines.map(({ msg }) => msg);
  const askedAgain = (times = 1) => {
    const before = asked;
    return eventually("it is asked again", () => asked >= before + times);
  };

  it("asks until it is answered, and tells each reason once", async () => {
    addon.askAgain();
    await askedAgain(2);
    assert.match(addon.waitingFor ?? "", /^waiting for the addon: http:\/\/172\.17\.0\.1:7379 does not answer/);
    answer = "http://172.17.0.1:7379 refuses: no label";
    await askedAgain();
    assert.match(addon.waitingFor ?? "", /no label$/);
    answer = aHandout();
    await eventually("it is taken", () => taken.length === 1);
    assert.equal(addon.waitingFor, undefined);
    assert.deepEqual(messages(), ["waiting for the addon", "waiting for the addon", "addon answered"]);
  });

  it("asks again at each session, and takes only what differs", async () => {
    answer = aHandout();
    addon.askAgain();
    await eventually("it is taken", () => taken.length === 1);
    addon.onEvent(listed);
    await askedAgain();
    const networks = [{ id: "other", name: "shop", scope: "local" }];
    answer = aHandout({ networks });
    addon.onEvent({ type: "lost", reason: "away" });
    await eventually("the other is taken", () => taken.length === 2);
    assert.deepEqual(taken[1]?.networks, networks);
    assert.deepEqual([messages().at(-1), lines.at(-1)?.["changed"]], ["addon answers otherwise", ["networks"]]);
  });

  it("does not ask for each change in the registry", async () => {
    answer = aHandout();
    addon.askAgain();
    await eventually("it is taken", () => taken.length === 1);
    for (let n = 0; n < 10; n += 1) addon.onEvent({ type: "changed", revision: 2n, changes: [] });
    addon.onEvent(listed);
    await askedAgain();
    assert.equal(asked, 2);
  });

  it("goes by its last word while it does not answer, and tells of both once", async () => {
    answer = aHandout();
    addon.askAgain();
    await eventually("it is taken", () => taken.length === 1);
    answer = "away";
    addon.onEvent(listed);
    await askedAgain(2);
    assert.equal(addon.waitingFor, undefined);
    assert.equal(addon.status.reason, "away");
    answer = aHandout();
    await eventually("it answers again", () => addon.status.reason === null);
    assert.deepEqual(messages(), [
      "addon answered",
      "addon does not answer, its last answer holds",
      "addon answers again",
    ]);
    assert.equal(taken.length, 1);
  });

  it("asks again for an answer that could not be used", async () => {
    const unusable = aHandout({ node: "unusable" });
    const tried: string[] = [];
    const other = new AddonFollower({
      ask: () => Promise.resolve(unusable),
      onHandout: ({ node }) => {
        tried.push(node);
        if (tried.length < 3) throw new Error("no such certificate");
      },
      log: logTo(lines),
      signal: stop.signal,
    });
    other.askAgain();
    await eventually("it was used", () => other.waitingFor === undefined);
    assert.equal(tried.length, 3);
  });

  it("never tells what it was handed to reach the registry", async () => {
    answer = aHandout();
    answer = { ...answer, registry: { ...answer.registry, username: "subscriber", password: "secret", key: "PEM" } };
    addon.askAgain();
    await eventually("it is taken", () => taken.length === 1);
    assert.doesNotMatch(JSON.stringify([lines, addon.status]), /secret|PEM/);
  });
});
