import assert from "node:assert/strict";
import fc from "fast-check";
import { parse, stringify } from "yaml";
import { convertTemplate, forms } from "../src/convert.ts";

const names = ["api", "cache", "db", "lb", "web"] as const;

const image = fc.constantFrom("redis:alpine", "registry.aliyuncs.com/acs/proxy:0.6", "fairway/proxy-agent:latest");

/** A key that a service may have, and its values. */
const keys: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  ports: fc.uniqueArray(
    fc.constantFrom<unknown>("6379", "6379:6379/tcp", "127.0.0.1:80:80", "9000-9002:9000-9002", "${PORT}:80", 8080, {
      target: 443,
      published: 8443,
    }),
    { maxLength: 3 },
  ),
  environment: fc.constantFrom<unknown>(
    { MODE: "tcp", EMPTY: null },
    ["affinity:service!=db", "A=1"],
    ["affinity:com.example.role!=worker"],
    ["constraint:zone==a", "affinity:service==db"],
    { "affinity:image!~": "redis", B: "2" },
  ),
  restart: fc.constantFrom("always", "no", "on-failure:3"),
  net: fc.constant("bridge"),
  volumes: fc.constantFrom(["data:/data"], ["./conf:/etc/conf:ro", "data:/data"], ["/var/lib"]),
  volume_driver: fc.constant("local"),
  mem_limit: fc.constantFrom("64m", 67108864),
  log_driver: fc.constant("syslog"),
  log_opt: fc.constant({ tag: "x" }),
  dockerfile: fc.constant("Dockerfile.production"),
  container_name: fc.constant("one"),
  networks: fc.constantFrom<unknown>(["default", "front"], { default: null, back: { aliases: ["kept"] } }),
  deploy: fc.constantFrom<unknown>(
    { replicas: 2 },
    { labels: { "aliyun.proxy.required": "true", team: "shop" } },
    { labels: ["aliyun.proxy.TCP_PORTS=6379"], placement: { constraints: ["node.role == worker"] } },
  ),
  depends_on: fc.constantFrom<unknown>(["api"], { api: { condition: "service_healthy" } }),
  vm_pool: fc.constant("large"),
};

const labels = fc
  .record(
    {
      "aliyun.proxy.required": fc.constant("true"),
      "aliyun.proxy.TCP_PORTS": fc.constantFrom("6379", "8001:80"),
      "aliyun.global": fc.constantFrom("true", "false"),
      "aliyun.lb.port_6379": fc.constantFrom("tcp://proxy_test:6379", "http://front:80"),
      "aliyun.scale": fc.constantFrom("2", "many"),
      "aliyun.routing.port_80": fc.constant("http://shop"),
      "com.example.role": fc.constantFrom("worker", "server"),
    },
    { requiredKeys: [] },
  )
  .chain((map) =>
    fc.constantFrom<unknown>(
      map,
      Object.entries(map).map((pair) => pair.join("=")),
    ),
  );

/** Links go one way, or services would wait for themselves. */
function linksFrom(nth: number): fc.Arbitrary<readonly string[]> {
  const targets = names.slice(0, nth);
  const links = targets.flatMap((name) => [name, `${name}:${name}-alias`, `${name}:store`]);
  return nth === 0 ? fc.constant([]) : fc.uniqueArray(fc.constantFrom(...links), { maxLength: 3 });
}

const services = fc.integer({ min: 1, max: names.length }).chain((count) => {
  const all = names.slice(0, count).map((name, nth) => {
    const others = fc.record({ ...keys, labels, links: linksFrom(nth) }, { requiredKeys: [] });
    const service = fc.tuple(image, others).map(([named, rest]) => ({ image: named, ...rest }));
    return [name, service] as const;
  });
  return fc.record<Readonly<Record<string, unknown>>>(Object.fromEntries(all));
});

const template = fc.tuple(services, fc.boolean(), fc.boolean()).map(([map, isNested, isFlow]) =>
  stringify(isNested ? { services: map, networks: { front: {}, back: {} } } : map, {
    collectionStyle: isFlow ? "flow" : "any",
  }),
);

/** Services, and for each but the first perhaps one above it that it is merged from. */
const merged = fc.tuple(services, fc.array(fc.nat(), { minLength: names.length, maxLength: names.length }));

/** The services as a template with anchors: each is merged from another, or stands for itself where `from` is its own. */
function withAnchors(all: Readonly<Record<string, unknown>>, from: readonly number[]): string {
  const lines = Object.entries(all).map(([name, service], nth) => {
    const base = names[(from[nth] ?? 0) % (nth + 1)];
    const own = Object.entries(service as object).map((pair) => pair.map((each) => JSON.stringify(each)).join(": "));
    return `${name}: &${name} { ${[...(base === name ? [] : [`<<: *${base}`]), ...own].join(", ")} }`;
  });
  return `${lines.join("\n")}\n`;
}

describe("any template", () => {
  for (const form of forms) {
    it(`is converted to ${form} the same way each time, and once more changes nothing`, () => {
      let converted = 0;
      fc.assert(
        fc.property(template, (text) => {
          const first = convertTemplate(text, form);
          assert.deepEqual(convertTemplate(text, form), first);
          const { output, remarks } = first;
          assert.equal(
            output === undefined,
            remarks.some(({ kind }) => kind === "problem"),
          );
          for (const { at } of remarks) assert.ok(at.line <= text.split("\n").length, JSON.stringify(at));
          if (output === undefined) return;
          converted += 1;
          assert.equal(convertTemplate(output, form).output, output);
          const { services: before } = nested(parse(text));
          assert.deepEqual(Object.keys(nested(parse(output)).services), Object.keys(before));
        }),
        { numRuns: 40 },
      );
      assert.ok(converted > 15, `only ${converted} could be converted`);
    });

    it(`becomes the same for ${form} whether services are merged from others or written out`, () => {
      let converted = 0;
      fc.assert(
        fc.property(merged, ([all, from]) => {
          const text = withAnchors(all, from);
          const [short, long] = [text, JSON.stringify(parse(text, { merge: true }))].map((each) => {
            const { output, remarks } = convertTemplate(each, form);
            const said = new Set(remarks.map((remark) => remark.text));
            return { file: output && (parse(output, { merge: true }) as unknown), said };
          });
          converted += short?.file === undefined ? 0 : 1;
          assert.deepEqual(short, long);
        }),
        { numRuns: 100 },
      );
      assert.ok(converted > 15, `only ${converted} could be converted`);
    });
  }
});

function nested(file: unknown): { readonly services: Readonly<Record<string, unknown>> } {
  const map = file as Readonly<Record<string, unknown>>;
  return { services: (map["services"] ?? map) as Readonly<Record<string, unknown>> };
}
