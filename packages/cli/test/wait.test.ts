import assert from "node:assert/strict";
import { encode, proxyKey, type ProxyRecord } from "@fairway/contract";
import { knownOf } from "@fairway/proxy-agent";
import { type Goal, judge } from "../src/wait/goal.ts";
import { given, proxyRecord, type Given } from "../../proxy-agent/test/given.ts";

const proxy = proxyRecord({ appliedRevision: "99" });

type Proxies = Readonly<Record<string, Partial<ProxyRecord>>>;

const one = () => given().service("shop", "db").node("node-1").endpoint({ container: "one" });
const two = () => one().endpoint({ container: "two", state: "starting" });
const refused = () => one().refusal();

const old: Partial<ProxyRecord> = { appliedRevision: "1" };
const elsewhere: Partial<ProxyRecord> = { scope: ["endpoints/other/"] };
const taken: Partial<ProxyRecord> = {
  rejections: { count: 1, first: [{ code: "port-taken", key: "port_6379", reason: "held by redis" }] },
};
const served = "yes";
const late = "not yet: it has not applied this";
const all: Goal = { is: "routed", on: "all" };

function judged(goal: Goal, records: Given, proxies: Proxies, asked = "shop/db") {
  for (const [name, changes] of Object.entries(proxies)) {
    const [node = "", own = ""] = name.split("/");
    records.put(proxyKey(node, own), encode({ ...proxy, ...changes }));
  }
  return judge(goal, asked, knownOf(records.stored));
}

describe("what fairway wait waits for", () => {
  type Row = readonly [string, Goal, () => Given, Proxies, "reached" | "open" | "refused", readonly string[]];
  const rows: readonly Row[] = [
    ["all proxies", all, one, { "a/p": {}, "b/p": {} }, "reached", [`a/p  ${served}`, `b/p  ${served}`]],
    [
      "all but those that are not to serve it",
      all,
      one,
      { "a/p": {}, "b/p": elsewhere },
      "reached",
      [`a/p  ${served}`],
    ],
    [
      "a proxy that has not applied it yet",
      all,
      one,
      { "a/p": {}, "b/p": old },
      "open",
      [`a/p  ${served}`, `b/p  ${late}`],
    ],
    ["a proxy that refuses it", all, one, { "a/p": taken }, "refused", ["a/p  no: held by redis"]],
    ["what an older record refuses", all, one, { "a/p": { ...taken, ...old } }, "open", ["a/p  no: held by redis"]],
    ["any proxy at all", all, one, { "a/p": elsewhere }, "open", ["no proxy is to serve it"]],
    ["the proxies of a node", { is: "routed", on: "a" }, one, { "a/p": {}, "b/p": old }, "reached", [`a/p  ${served}`]],
    ["one proxy", { is: "routed", on: "b/p" }, one, { "a/p": {}, "b/p": old }, "open", [`b/p  ${late}`]],
    ["a node without a proxy", { is: "routed", on: "c" }, one, { "a/p": {} }, "open", ["no proxy of c is to serve it"]],
    ["containers that are ready", { is: "ready", count: 1 }, two, {}, "reached", ["1 of 2 containers ready"]],
    ["more of them", { is: "ready", count: 2 }, two, {}, "open", ["1 of 2 containers ready"]],
    ["the end", { is: "gone" }, two, {}, "open", ["still there: 2 containers"]],
    ["the end of what is not there", { is: "gone" }, given, {}, "reached", ["shop/db is gone"]],
    ["what is not there yet", all, given, { "a/p": {} }, "open", ["no registrar tells of shop/db"]],
  ];
  for (const [title, goal, records, proxies, state, lines] of rows) {
    it(`is ${state} for ${title}`, () => {
      const { isReached, isRefused, lines: found } = judged(goal, records(), proxies);
      assert.deepEqual([isReached, isRefused, found], [state === "reached", state === "refused", lines]);
    });
  }

  it("is open while one of several containers is starting, and says so", () => {
    const { isReached, isRefused, lines } = judged(all, two(), { "a/p": {} });
    assert.deepEqual([isReached, isRefused], [false, false]);
    assert.match(lines.join(), /^a\/p {2}not yet, then at 172\.17\.0\.2:6379/);
  });

  it("is so, but not surely, where a proxy refuses more than its record tells", () => {
    const { isReached, isSure, lines } = judged(all, one(), {
      "a/p": {},
      "b/p": { rejections: { count: 1, first: [] } },
    });
    assert.deepEqual([isReached, isSure, lines[0]], [true, false, `a/p  ${served}`]);
    assert.match(lines[1] ?? "", /^b\/p {2}yes, at .*; it refuses more than its record tells/);
  });

  it("is refused where a label of it is", () => {
    const { isReached, isRefused, lines } = judged(all, refused(), { "a/p": {} });
    assert.deepEqual([isReached, isRefused], [false, true]);
    assert.match(lines[0] ?? "", /^one \(.*: its registrar refuses what its labels ask for$/);
  });
});
