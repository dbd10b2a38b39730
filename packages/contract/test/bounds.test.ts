import assert from "node:assert/strict";
import { cutName, decode, endpointRecordSchema, readLabels, rejectionsRecordSchema } from "@fairway/contract";

const required = { "aliyun.proxy.required": "true" };
const ports = "aliyun.proxy.TCP_PORTS";

/** Milliseconds of a processor that something takes. */
function timeOf(work: () => unknown): number {
  const since = process.cpuUsage();
  work();
  return process.cpuUsage(since).user / 1000;
}

describe("labels beyond their bounds", () => {
  it("of 10 MB are refused by their length, without a look at the text", () => {
    const labels = { ...required, [ports]: "8080,".repeat(2_000_000) };
    const { ports: read, rejections } = readLabels(labels);
    assert.equal(read.size, 0);
    assert.deepEqual(
      rejections.find(({ code }) => code === "label-too-long"),
      {
        code: "label-too-long",
        severity: "refused",
        label: ports,
        value: "",
        reason: "a value of 10000000 characters is too long: at most 65536",
      },
    );
    assert.ok(timeOf(() => readLabels(labels)) < 100);
  });

  it("with a long name are refused, and named at its beginning", () => {
    const { rejections } = readLabels({ ...required, [`aliyun.proxy.${"X".repeat(300)}`]: "1" });
    const long = rejections.find(({ code }) => code === "label-too-long");
    assert.match(long?.label ?? "", /^aliyun\.proxy\.X{186}…$/);
  });

  it("in great number are not all read", () => {
    const many = Object.fromEntries(Array.from({ length: 20_000 }, (_, at) => [`aliyun.proxy.TCP_PORT${at}`, "1"]));
    const { rejections } = readLabels({ ...many, ...required });
    assert.match(
      rejections[0]?.reason ?? "",
      /^19501 more labels that begin with aliyun\. or fairway\. are not read: at most 500$/,
    );
    assert.ok(timeOf(() => readLabels(many)) < 500);
  });
});

const endpoint = {
  v: 1,
  state: "ready",
  addresses: [{ via: "node", ip: "198.18.0.11", port: 32768 }],
  listen: [{ port: 8001, ssl: false }],
  claims: [],
  settings: {},
  container: { id: "4f", name: "web", image: "web:1", createdAt: "2026-11-22T08:00:00.000Z" },
  reportedAt: "2026-11-22T08:00:00.000Z",
};
const times = <T>(count: number, make: (at: number) => T) => Array.from({ length: count }, (_, at) => make(at));
const address = (at: number) => ({ via: "node", ip: "198.18.0.11", port: at + 1 });

describe("records beyond their bounds", () => {
  for (const [what, change, reason] of [
    ["front ports", { listen: times(257, (at) => ({ port: at + 1, ssl: false })) }, /listen: .*256/],
    ["addresses", { addresses: times(65, address) }, /addresses: .*64/],
    ["characters of a name", { container: { ...endpoint.container, name: "x".repeat(256) } }, /container\.name: .*255/],
    [
      "characters",
      { settings: { A: "x".repeat(530_000) } },
      /^the record has 530\d+ characters: at most 524288 are read$/,
    ],
  ] as const) {
    it(`are refused: too many ${what}`, () => {
      const decoded = decode(endpointRecordSchema, JSON.stringify({ ...endpoint, ...change }));
      assert.ok(!decoded.ok);
      assert.match(decoded.reason, reason);
    });
  }

  it("are read while they keep within", () => {
    const listen = times(256, (at) => ({ port: at + 1, ssl: false }));
    const addresses = times(64, address);
    assert.ok(decode(endpointRecordSchema, JSON.stringify({ ...endpoint, listen, addresses })).ok);
  });

  it("cost nothing: one with 50,000 front ports is refused by its size", () => {
    const text = JSON.stringify({ ...endpoint, listen: times(50_000, (at) => ({ port: at + 1, ssl: false })) });
    const decoded = decode(endpointRecordSchema, text);
    assert.equal(!decoded.ok && decoded.code, "record-too-large");
    assert.ok(timeOf(() => decode(endpointRecordSchema, text)) < 5);
  });

  it("cost little: the largest that is read is refused by the number of its front ports, them unread", () => {
    const text = JSON.stringify({ ...endpoint, listen: times(18_000, (at) => ({ port: at + 1, ssl: false })) });
    const decoded = decode(endpointRecordSchema, text);
    assert.equal(!decoded.ok && decoded.code, "record-not-valid");
    assert.ok(timeOf(() => decode(endpointRecordSchema, text)) < 30);
  });

  it("are refused also where they tell of rejections", () => {
    const rejection = { code: "x", severity: "hint", label: "", value: "", reason: "" };
    const record = {
      v: 1,
      project: "p",
      service: "s",
      container: endpoint.container,
      rejections: times(51, () => rejection),
    };
    assert.ok(!decode(rejectionsRecordSchema, JSON.stringify(record)).ok);
  });
});

describe("a name in a record", () => {
  it("is cut when it is longer than names may be", () => {
    assert.equal(cutName("x".repeat(255)), "x".repeat(255));
    assert.equal(cutName("x".repeat(100_000)), `${"x".repeat(254)}…`);
  });
});
