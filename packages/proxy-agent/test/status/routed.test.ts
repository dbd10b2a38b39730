import assert from "node:assert/strict";
import { encode, proxyKey, type ProxyRecord } from "@fairway/contract";
import { explain, type Routed } from "../../src/status/explain.ts";
import { knownOf } from "../../src/status/known-containers.ts";
import { given, keyOf, proxyRecord, type Given } from "../given.ts";

type Changes = Partial<ProxyRecord>;
type Proxies = readonly Changes[];

const refusing = (key: string): Changes => ({ rejections: { count: 1, first: [{ code: "c", key, reason: "no" }] } });
const elsewhere: Changes = { vantage: { kind: "node", node: "node-2", networks: [] } };
const unsure: Changes = { rejections: { count: 11, first: [] } };
const otherScope: Changes = { scope: ["endpoints/other/"] };

const one = () => given().service("shop", "db").node("node-1").endpoint({ container: "one" });
const two = () =>
  one()
    .service("shop", "web")
    .endpoint({ container: "two", port: 80, listen: [{ port: 8080, ssl: false }] });
const withSlow = () => one().endpoint({ container: "slow", state: "starting" });
const keyOfWeb = keyOf({ project: "shop", service: "web" }, { container: "two", port: 80 });

function routed(asked: string, records: Given, proxies: Proxies): Routed | undefined {
  for (const [n, changes] of proxies.entries()) records.put(proxyKey("node-1", `p${n}`), encode(proxyRecord(changes)));
  return explain(asked, knownOf(records.stored)).routed;
}

describe("whether something is routed", () => {
  const rows: readonly (readonly [string, string, () => Given, Proxies, Routed | undefined])[] = [
    ["everywhere when every proxy serves it", "one", one, [{}, {}], "everywhere"],
    ["everywhere, whatever a proxy does that is not to serve it", "one", one, [{}, otherScope], "everywhere"],
    ["nowhere when no proxy is to serve it", "one", one, [otherScope], "nowhere"],
    ["nowhere when there is no proxy", "one", one, [], "nowhere"],
    ["partly when one proxy refuses it", "one", one, [{}, refusing("port_6379")], "partly"],
    ["partly when one proxy cannot reach it", "shop/db", one, [{}, elsewhere], "partly"],
    ["nowhere when every proxy refuses it", "6379", one, [refusing("port_6379")], "nowhere"],
    ["partly when a proxy does not tell all that it refuses", "one", one, [{}, unsure], "partly"],
    ["partly when its registrar refuses a label of it", "one", () => one().refusal(), [{}], "partly"],
    [
      "everywhere by a port that is not refused, beside labels that are",
      "6379",
      () => one().refusal(),
      [{}],
      "everywhere",
    ],
    ["by the endpoints of a service alone", "shop/web", two, [refusing(keyOfWeb)], "nowhere"],
    ["partly where one of a service's containers is", "db", withSlow, [{}], "partly"],
    ["by the endpoints of a port alone", "6379", two, [refusing(keyOfWeb)], "everywhere"],
    ["nowhere by a port of which every endpoint is refused", "8080", two, [refusing(keyOfWeb)], "nowhere"],
    ["not at all by a port that nobody asks for", "81", two, [{}], undefined],
  ];
  for (const [title, asked, records, proxies, expected] of rows) {
    it(`is answered ${title}`, () => assert.equal(routed(asked, records(), proxies), expected));
  }

  for (const state of ["starting", "unhealthy", "draining"] as const) {
    it(`is answered nowhere for one that is ${state}`, () => {
      const records = given().service("shop", "db").node("node-1").endpoint({ container: "one", state });
      assert.equal(routed("one", records, [{}]), "nowhere");
    });
  }
});
