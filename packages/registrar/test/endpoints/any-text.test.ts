import assert from "node:assert/strict";
import fc from "fast-check";
import { endpointKey, hasControlCharacter, parseEndpointKey } from "@fairway/contract";
import { endpointsOf } from "../../src/endpoints/endpoints-of.ts";
import { capRejections, endpointRecords, rejectionRecords } from "../../src/containers/records.ts";
import { aContainer } from "../a-container.ts";
import { anyText } from "../../../contract/test/any-text.ts";

const node = { name: "node-1", address: "198.18.0.11", isRootless: false, projects: ["*"] };

const nasty = fc.oneof(
  anyText({ maxLength: 40 }),
  fc.string({ unit: fc.constantFrom("\n", "\r", ";", "#", '"', "'", "\\", "\0", "/", "%", ",", ":", " ", "6", "ü") }),
  fc.constantFrom("6379", "8001:6379", "443/ssl", "true", "6379\nglobal", "x".repeat(10_000), "1,".repeat(5000)),
);

const labelName = fc.oneof(
  fc.constantFrom(
    "aliyun.proxy.required",
    "aliyun.proxy.TCP_PORTS",
    "aliyun.proxy.EXCLUDE_PORTS",
    "aliyun.proxy.BALANCE",
    "aliyun.lb.port_6379",
    "aliyun.probe.url",
    "com.docker.compose.project",
    "com.docker.compose.service",
    "com.docker.stack.namespace",
    "com.docker.swarm.service.name",
    "__proto__",
    "constructor",
  ),
  nasty.map((text) => `aliyun.proxy.${text}`),
);

const labels = fc.dictionary(labelName, nasty, { maxKeys: 8 });
const ports = fc.option(fc.constantFrom("6379", "6379,7000", "8001:6379"));

function read(text: Readonly<Record<string, string>>, tcpPorts: string | null) {
  const bare = { ...aContainer().on("bridge", "172.17.0.3").build(), labels: text };
  const container = tcpPorts === null ? bare : aContainer(bare).serving(tcpPorts).build();
  return { container, ...endpointsOf({ container, networkOwner: container, node }) };
}

describe("whatever a label says", () => {
  it("nothing throws and no key is broken", () => {
    fc.assert(
      fc.property(labels, ports, (text, tcpPorts) => {
        for (const { key } of read(text, tcpPorts).endpoints) {
          assert.deepEqual(parseEndpointKey(endpointKey(key)), key);
          assert.ok(!hasControlCharacter(endpointKey(key)));
        }
      }),
      { numRuns: 500 },
    );
  });

  it("what is reported is one line each, short, and fits into a request of etcd", () => {
    fc.assert(
      fc.property(labels, ports, (text, tcpPorts) => {
        const { container, name, rejections, endpoints } = read(text, tcpPorts);
        for (const { label, value = "", reason } of rejections) {
          assert.ok(![label, value, reason].some(hasControlCharacter), JSON.stringify({ label, value, reason }));
          assert.ok(value.length <= 1600 && reason.length <= 4000);
        }
        const stated = endpoints.map((endpoint) => ({ ...endpoint, state: "ready" as const, hasBeenReady: true }));
        const records = [
          ...endpointRecords(stated, 0).values(),
          ...rejectionRecords("node-1", container, { name, rejections: capRejections(rejections) }).values(),
        ];
        for (const record of records) assert.ok(record.length < 512 * 1024, `${record.length} bytes`);
      }),
      { numRuns: 300 },
    );
  });
});
