import assert from "node:assert/strict";
import type { Stored } from "@fairway/registry";
import { recordChange, remember } from "../../src/journal/difference.ts";
import { readRecord, storedOf, type KeptRecord } from "../../src/journal/kept-record.ts";
import { Given } from "../given.ts";

/** The last record that was put, as the journal keeps it. */
function kept(given: Given): KeptRecord {
  const stored = given.stored.at(-1);
  const record = stored && readRecord(stored);
  assert.ok(record);
  return record;
}

const web = (facts = {}) => kept(new Given().service("shop", "web").endpoint({ container: "web_1", ...facts }));
const node = (facts = {}) => kept(new Given().node("n1", facts));
const set = (settings: Readonly<Record<string, string>>) => kept(new Given().operator("shop", "web", settings));
const reported = (reportedAt: string): KeptRecord => {
  const [stored] = new Given().service("shop", "web").endpoint({}).stored.slice(-1);
  const value = JSON.stringify({ ...(JSON.parse(stored?.value ?? "") as object), reportedAt });
  const record = readRecord({ ...(stored as Stored), value });
  assert.ok(record);
  return record;
};

describe("what a journal tells of a record", () => {
  const ip = { via: "node", ip: "198.18.0.11", port: 32_768 } as const;
  const rows: readonly (readonly [string, KeptRecord | undefined, KeptRecord | undefined, string | undefined])[] = [
    ["a new endpoint", undefined, web({ state: "starting" }), "came: came, starting"],
    ["a state", web({ state: "starting" }), web(), "changed: is ready, and was starting"],
    ["an address", web(), web({ addresses: [ip] }), "changed: has other addresses"],
    ["a setting", web(), web({ settings: { WEIGHT: "5" } }), "changed: has other settings"],
    [
      "two things",
      web(),
      web({ state: "draining", addresses: [ip] }),
      "changed: is draining, and was ready; has other addresses",
    ],
    ["the end of one", web(), undefined, "went: went"],
    ["another time alone", reported("2026-11-30T08:00:00Z"), reported("2026-11-30T09:00:00Z"), undefined],
    ["what is not there and was not", undefined, undefined, undefined],
    ["a node", undefined, node({ synced: true }), "came: node came, in step"],
    ["a registrar that begins", node({ synced: true }), node({ synced: false }), "changed: node is not in step"],
    ["an upgrade", node({ version: "0.1.0" }), node({ version: "0.2.0" }), "changed: node version 0.1.0 → 0.2.0"],
    ["a lease alone", node({ lease: "a1" }), node({ lease: "b2" }), undefined],
    ["another machine", node({ bootId: "a" }), node({ bootId: "b" }), "changed: node has another machine"],
    ["what an operator sets", undefined, set({ MAXCONN: "9" }), 'came: an operator set MAXCONN "9"'],
    ["what he sets then", set({ MAXCONN: "9" }), set({ MAXCONN: "8" }), 'changed: an operator set MAXCONN "8"'],
    ["what he unsets", set({ MAXCONN: "9" }), set({}), "changed: an operator unset MAXCONN"],
  ];
  for (const [what, before, after, told] of rows) {
    it(`is of ${what}: ${told ?? "nothing"}`, () => {
      const key = (after ?? before)?.key ?? "endpoints/shop/web/80/n1/0123456789ab";
      const change = recordChange(key, before && remember(before), after);
      assert.equal(change && `${change.is}: ${change.text}`, told);
    });
  }

  it("names whose it is, also of what has gone, and escapes what a stranger called it", () => {
    const record = web({ container: "web\u001b[31m" });
    const whose = { project: "shop", service: "web", containerName: "web\\u{1b}[31m" };
    const { node: at, container, ...rest } = recordChange(record.key, remember(record), undefined)?.whose ?? {};
    assert.deepEqual(rest, whose);
    assert.deepEqual([typeof at, container?.length], ["string", 12]);
  });

  it("escapes and cuts what a registrar calls a container whose labels it refuses", () => {
    const container = { id: "f".repeat(64), name: "web\u001b[31m", image: "web" };
    const record = { v: 1, project: "p".repeat(3000), service: "web", container, rejections: [] };
    const given = new Given().put("rejections/n1/0123456789ab", JSON.stringify(record));
    const { containerName, project } = kept(given).whose;
    assert.deepEqual([containerName, project?.length], ["web\\u{1b}[31m", 255]);
  });

  it("keeps no key of a certificate, no long text, nothing that is not a record's, and reads back what it kept", () => {
    const pem = "-----BEGIN PRIVATE KEY-----\nMIIE…\n-----END PRIVATE KEY-----";
    const settings = { SSL_CERT: pem, WEIGHT: "5", EXTRA_SETTINGS: "x".repeat(5000) };
    const record = web({ settings, listen: [{ port: 443, ssl: true }] });
    assert.deepEqual(Object.keys(record.record["settings"] as object).toSorted(), ["SSL_CERT", "WEIGHT"]);
    assert.ok(!JSON.stringify(record.record).includes("PRIVATE KEY"));
    const again = readRecord({
      ...storedOf(record.key, record.record, ""),
      createRevision: 0n,
      modRevision: 0n,
      lease: undefined,
    });
    assert.deepEqual(again && remember(again), remember(record));
    const foreign = { key: "endpoints/shop/web/80/n1/0123456789ab", value: "{}", createRevision: 0n, modRevision: 0n };
    assert.equal(readRecord({ ...foreign, lease: undefined }), undefined);
  });
});
