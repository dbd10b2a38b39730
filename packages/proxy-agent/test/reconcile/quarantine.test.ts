import assert from "node:assert/strict";
import type { Desired } from "../../src/desired/desired.ts";
import type { TracedProblem } from "../../src/reconcile/haproxy-cfg.ts";
import { Quarantine } from "../../src/reconcile/quarantine.ts";
import { desiredOf } from "../facts.ts";
import { bridge, given, keyOf } from "../given.ts";

const silent = { warn: () => undefined };

/** Of one front port: `old` has no labels, `web` sets a time-out, `api` a weight. */
const records = (weight = "5") =>
  given()
    .service("shop", "old")
    .endpoint({ container: "a", addresses: [bridge("172.17.0.2")] })
    .service("shop", "web")
    .endpoint({ container: "b", addresses: [bridge("172.17.0.3")], settings: { TIMEOUT: "client 1h" } })
    .service("shop", "api")
    .endpoint({ container: "c", addresses: [bridge("172.17.0.4")], settings: { WEIGHT: weight } });

const key = (service: string, container: string) => keyOf({ project: "shop", service }, { container });

/** HAProxy with something against a text, wherever it stands. */
function without(...texts: readonly string[]) {
  const asked: Desired[] = [];
  const accepts = async (desired: Desired) => {
    asked.push(desired);
    const words = desired.listeners.flatMap(({ settings, servers }) => [
      ...(settings.lines ?? []).map(({ text }) => text),
      ...servers.map(({ options }) => options.join(" ")),
    ]);
    return !words.some((each) => texts.some((text) => each.includes(text)));
  };
  return { accepts, asked };
}

const served = ({ listeners }: Desired) => listeners.flatMap(({ servers }) => servers.map(({ ip }) => ip)).sort();

function problem(desired: Desired, text: string): TracedProblem {
  const [listener] = desired.listeners;
  const line = listener?.settings.lines?.find((each) => each.text === text);
  const server = listener?.servers.find(({ options }) => options.join(" ").includes(text));
  const origin = line?.from ?? { services: ["x"], settings: [], server: server?.name ?? "" };
  return { line: 9, message: "parsing [/x/haproxy.cfg.candidate:9] : it is wrong", origin };
}

describe("the quarantine", () => {
  for (const [what, text, service, container, ip, labels] of [
    ["a line of a listener", "timeout client 1h", "web", "b", "172.17.0.3", "TIMEOUT"],
    ["words of a server", "weight 5", "api", "c", "172.17.0.4", "those of its server"],
  ] as const) {
    for (const isNamed of [true, false]) {
      it(`takes out the service of ${what} that HAProxy refuses${isNamed ? "" : " and names no line of"}, and leaves the rest`, async () => {
        const quarantine = new Quarantine(silent);
        const desired = desiredOf(records());
        const all = served(desired);
        const problems = isNamed
          ? [problem(desired, text)]
          : [{ line: undefined, message: "wrong", origin: undefined }];
        assert.equal(await quarantine.blame(problems, desired, without(text).accepts), true);
        const left = quarantine.leaveOut(desired);
        assert.deepEqual(
          served(left),
          all.filter((each) => each !== ip),
        );
        assert.equal(await without(text).accepts(left), true);
        const words = isNamed ? "it is wrong" : "wrong";
        const reason = `HAProxy refuses its labels (${labels}), so it is not served until they change: ${words}`;
        assert.deepEqual(quarantine.rejections, [{ code: "quarantined", key: key(service, container), reason }]);
        assert.equal(quarantine.leaveOut(desired).listeners[0], left.listeners[0], "the same object every time");
      });
    }
  }

  it("takes out all that the proxy adds to a check of which HAProxy refuses a line", async () => {
    const quarantine = new Quarantine(silent);
    const settings = { CHECK: "redis-primary", TIMEOUT: "client 1h" };
    const desired = desiredOf(given().service("shop", "db").endpoint({ container: "a", settings }));
    const { accepts } = without("tcp-check", "stick on", "retries");
    assert.equal(await quarantine.blame([problem(desired, "retries 25")], desired, accepts), true);
    const [left] = quarantine.leaveOut(desired).listeners;
    assert.deepEqual([left?.settings.lines?.map(({ text }) => text), left?.servers], [["timeout client 1h"], []]);
    const reason = "HAProxy refuses its labels (CHECK), so it is not served until they change: it is wrong";
    assert.deepEqual(quarantine.rejections, [{ code: "quarantined", key: key("db", "a"), reason }]);
  });

  it("tries a service again when its labels change, and forgets the ones that it had", async () => {
    const quarantine = new Quarantine(silent);
    const [desired, changed] = [desiredOf(records()), desiredOf(records("6"))];
    await quarantine.blame([problem(desired, "weight 5")], desired, without("weight 5").accepts);
    assert.equal(served(quarantine.leaveOut(desired)).length, 2);
    assert.deepEqual(served(quarantine.leaveOut(changed)), served(changed));
    assert.deepEqual(quarantine.rejections, []);
    assert.equal(quarantine.leaveOut(desired), desired);
  });

  it("blames no label where HAProxy refuses the rest as well, and asks once", async () => {
    const quarantine = new Quarantine(silent);
    const desired = desiredOf(records());
    const { accepts, asked } = without("check");
    const problems = [problem(desired, "weight 5")];
    assert.equal(await quarantine.blame(problems, desired, accepts), false);
    assert.equal(quarantine.leaveOut(desired), desired);
    const count = asked.length;
    assert.equal(await quarantine.blame(problems, desired, accepts), false);
    assert.equal(asked.length, count);
  });

  it("blames no label for a reload that failed with what HAProxy takes", async () => {
    const desired = desiredOf(records());
    const problems = [{ line: undefined, message: "cannot bind socket", origin: undefined }];
    assert.equal(await new Quarantine(silent).blame(problems, desired, without().accepts), false);
  });
});
