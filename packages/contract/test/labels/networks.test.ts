import assert from "node:assert/strict";
import fc from "fast-check";
import { networksOf, readLabels } from "@fairway/contract";
import { forbidden } from "./haproxy-text.ts";

const optedIn = { "aliyun.proxy.required": "true", "aliyun.proxy.TCP_PORTS": "6379" };

describe("ALLOW, DENY and ACCEPT_PROXY", () => {
  for (const [name, text, accepted, told = ""] of [
    ["ALLOW", "198.51.100.0/24, 2001:db8::/32", "198.51.100.0/24, 2001:db8::/32"],
    ["allow", "203.0.113.9", "203.0.113.9"],
    ["ALLOW", "none", "none"],
    ["ALLOW", "", undefined],
    ["ALLOW", "198.51.100.0/33, 203.0.113.9", "203.0.113.9", "refused not-a-network"],
    ["ALLOW", "10.0.0.0/8 10.1.0.0/16", "none", "refused not-a-network"],
    ["ALLOW", "office.example.com", "none", "refused not-a-network"],
    ["DENY", "office.example.com", undefined, "refused not-a-network"],
    ["DENY", "::1/129", undefined, "refused not-a-network"],
    ["DENY", "fe80::1%eth0", undefined, "refused not-a-network"],
    ["DENY", "-f /etc/passwd", undefined, "refused not-a-network"],
    ["accept_proxy", "10.0.0.1, ::1", "10.0.0.1, ::1"],
    ["ACCEPT_PROXY", "balancer.example.com", undefined, "refused not-a-network"],
  ] as const) {
    it(`${name}: "${text}" ${accepted === undefined ? "has no effect" : `stands in the record as "${accepted}"`}`, () => {
      const { settings, rejections } = readLabels({ ...optedIn, [`aliyun.proxy.${name}`]: text });
      assert.equal(settings[name.toUpperCase()], accepted);
      assert.deepEqual(
        rejections.map(({ code, severity }) => `${severity} ${code}`),
        told === "" ? [] : [told],
      );
    });
  }

  it("are each network once, in order, and nothing else: 10,000 texts by somebody who knows HAProxy's words", () => {
    const network = fc.constantFrom("10.0.0.0/8", "203.0.113.9", "2001:db8::/32", "::/0", "none", "10.0.0.0/99");
    const text = fc
      .array(fc.oneof({ weight: 3, arbitrary: network }, forbidden), { maxLength: 6 })
      .map((items) => items.join(", "));
    const property = fc.property(text, (each) => {
      const found = networksOf(each);
      assert.deepEqual(found, [...new Set(found)].sort());
      assert.ok(found.every((item) => /^[0-9a-f.:]+(\/[0-9]{1,3})?$/.test(item)));
    });
    fc.assert(property, { numRuns: 10_000 });
  });
});
