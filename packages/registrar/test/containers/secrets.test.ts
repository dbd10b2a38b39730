import assert from "node:assert/strict";
import { isHarmlessLabel, labelTable } from "@fairway/contract";
import fc from "fast-check";
import { Containers } from "../../src/containers/containers.ts";
import { aContainer, containerId } from "../a-container.ts";
import { aPublisher } from "../a-publisher.ts";
import { aGate } from "./a-gate.ts";

/** Runs of this many characters of a value that may be a secret stand nowhere. */
const run = 8;

const key = "-----BEGIN EC PRIVATE KEY-----\\nMHcCAQEEIIrYSSNQFaA2Hwf1duRSxKtLYX5CB04fSeQ6tF1aY/PuoAoGCCqGSM49\\n";
const secret = fc.oneof(
  fc.stringMatching(/^[A-Z0-9+/=~#]{8,300}$/),
  fc.stringMatching(/^[A-Z0-9+/=~#]{8,40}[\n\t\u2028][A-Z0-9+/=~#]{8,40}$/),
  fc.constantFrom(
    key,
    key.replaceAll("\\n", "\n"),
    "admin:s3cret-of-admin",
    "tcp://user:Pa55w0rd-of-it@proxy_test:6379",
  ),
);

const anyCase = (name: string) =>
  fc.constantFrom(name, name.toLowerCase(), name.toUpperCase().replace("ALIYUN.", "aliyun."));
const known = labelTable.map(({ name }) => (name.endsWith(".") ? `${name}port_6379` : name));
const labelName = fc
  .oneof(
    fc.constantFrom(...known).chain(anyCase),
    fc
      .constantFrom("HTTP_BASIC_AUTH", "TCP_PORT", "SSL_CERTS", "BALANCE.6379", "PASSWORD", "")
      .map((name) => `aliyun.proxy.${name}`),
    fc.stringMatching(/^[A-Za-z._-]{1,12}$/).map((name) => `aliyun.${name}`),
    fc.stringMatching(/^[A-Za-z._-]{1,20}$/),
  )
  .filter((name) => !isHarmlessLabel(name));

/** Everything that a registrar writes, logs and shows of a running container with these labels. */
async function toldOf(labels: Readonly<Record<string, string>>): Promise<string> {
  const publisher = aPublisher();
  const lines: string[] = [];
  const write = (...line: unknown[]) => lines.push(JSON.stringify(line));
  const log = { debug: write, info: write, warn: write, error: write } as never;
  const containers = new Containers({
    ...aGate(AbortSignal.abort()),
    isDrained: () => false,
    publisher,
    onRemoved: () => undefined,
    log,
  });
  const bare = { ...aContainer().on("bridge", "172.17.0.3").withHealth("healthy").build(), labels };
  const container = aContainer(bare).serving("6379, x").build();
  await containers.update(containerId, { kind: "running", container, networkOwner: container });
  const records = ["endpoints/_/web/6379/node-1/4f5c1b2a9d3e", "rejections/node-1/4f5c1b2a9d3e"].map((each) =>
    publisher.get(each),
  );
  assert.ok(records.every((record) => record !== undefined));
  return [
    ...records,
    ...lines,
    JSON.stringify(containers.states().map(({ name, endpoints, rejections }) => ({ name, endpoints, rejections }))),
  ].join("\n");
}

describe("the value of a label that may hold a secret", () => {
  it("stands in no record, log or status, not even eight characters of it", async () => {
    await fc.assert(
      fc.asyncProperty(fc.dictionary(labelName, secret, { minKeys: 1, maxKeys: 4 }), async (labels) => {
        const told = await toldOf(labels);
        for (const value of Object.values(labels)) {
          const spellings = [value, JSON.stringify(value).slice(1, -1)];
          const shown = spellings.flatMap(runsOf).find((each) => told.includes(each));
          assert.equal(shown, undefined, `${JSON.stringify(labels)}: ${shown} in ${told}`);
        }
      }),
      { numRuns: 300 },
    );
  });

  it("is told by its length, with the name that was meant", async () => {
    const told = await toldOf({ "aliyun.proxy.TCP_PROTS": "hunter2", "aliyun.proxy.SSL_CERT": key });
    assert.match(told, /"label":"aliyun.proxy.SSL_CERT","valueLength":98,/);
    assert.match(
      told,
      /"label":"aliyun.proxy.TCP_PROTS","valueLength":7,"reason":"[^"]*did you mean aliyun.proxy.TCP_PORTS\?"/,
    );
    assert.match(told, /"label":"aliyun.proxy.TCP_PORTS","value":"x"/);
  });
});

function runsOf(text: string): readonly string[] {
  return Array.from({ length: Math.max(0, text.length - run + 1) }, (_, at) => text.slice(at, at + run));
}
