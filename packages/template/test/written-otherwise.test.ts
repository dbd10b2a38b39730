import assert from "node:assert/strict";
import { parse } from "yaml";
import { convertTemplate, type Form } from "../src/convert.ts";
import { remarkLines } from "../src/document/remark.ts";

type Services = Readonly<Record<string, unknown>>;

/** What a converted template says, and what is said of it. */
function convert(form: Form, text: string): { readonly services: Services; readonly lines: readonly string[] } {
  const { output, remarks } = convertTemplate(text, form);
  assert.equal(convertTemplate(output ?? "", form).output, output);
  const { services } = parse(output ?? "services: {}", { merge: true, version: "1.1" }) as { services: Services };
  return { services, lines: remarkLines("t.yml", remarks) };
}

/** The ports of a service that proxies route to, in a stack. */
function portsOf(ports: string): ReturnType<typeof convert> & { readonly ports: unknown } {
  const labels = "labels: {aliyun.proxy.required: 'true', aliyun.proxy.TCP_PORTS: '80'}";
  const converted = convert("swarm", `web:\n  image: web:1\n  ports: ${ports}\n  ${labels}\n`);
  return { ...converted, ports: (converted.services["web"] as { readonly ports: unknown }).ports };
}

describe("a template that is written otherwise", () => {
  for (const [what, text] of [
    ["with a byte order mark", "\uFEFFweb:\n  image: web:1\n  ports: [80]\n"],
    ["with lines of Windows", "web:\r\n  image: web:1\r\n  # Its port.\r\n  ports: [80]\r\n"],
    ["between marks of a document", "---\nweb:\n  image: web:1\n  ports: [80]\n...\n"],
  ] as const) {
    it(`${what} says the same`, () => {
      assert.deepEqual(convert("compose", text), { services: { web: { image: "web:1", ports: [80] } }, lines: [] });
    });
  }

  it("with tabs is refused where the first stands", () => {
    assert.deepEqual(convert("compose", "web:\n  labels:\n\ta: b\n").lines, [
      "t.yml:3:1  Tabs are not allowed as indentation",
    ]);
  });

  for (const [what, text, at] of [
    ["a list", "web:\n  image: web:1\n  links: &l [*l]\n", "3:14"],
    ["a service", "web: &w\n  <<: *w\n  image: web:1\n", "2:7"],
  ] as const) {
    it(`with ${what} that stands for itself is refused`, () => {
      const [line] = convert("swarm", text).lines;
      assert.match(line ?? "", new RegExp(`^t\\.yml:${at}  \\*[lw] stands for what it is part of$`));
    });
  }

  it("has labels of ours from below deploy, where no registrar sees them, with those of the container", () => {
    const text =
      "web: {image: web:1, deploy: {labels: {aliyun.proxy.required: 'true', fairway.tcp_ports: '80', team: shop}}}";
    const labels = { "aliyun.proxy.required": "true", "fairway.tcp_ports": "80" };
    const web = { image: "web:1", deploy: { labels: { team: "shop" } }, labels };
    assert.deepEqual(convert("swarm", text).services, { web });
  });

  it("keeps what another service is merged from as it was, whatever becomes of the first", () => {
    const text = [
      "db: &db {image: db:1, deploy: {labels: {aliyun.global: 'true'}}}",
      "spare:",
      "  <<: *db",
      "  labels: {team: shop}",
      "web: {image: web:1, links: ['db:store']}",
    ].join("\n");
    assert.deepEqual(convert("swarm", text).services, {
      db: {
        image: "db:1",
        deploy: { mode: "global" },
        labels: { "aliyun.global": "true" },
        networks: { default: { aliases: ["store"] } },
      },
      spare: { image: "db:1", deploy: { mode: "global" }, labels: { team: "shop", "aliyun.global": "true" } },
      web: { image: "web:1" },
    });
  });

  it("has no version for Compose, which warns of it, and keeps the comments there", () => {
    const text = '# Our shop.\nversion: "3.4"\n\n# Its parts.\nservices:\n  web: { image: web:1 }\n';
    const { output } = convertTemplate(text, "compose");
    assert.equal(output, "# Our shop.\n# Its parts.\nservices:\n  web: {image: web:1}\n");
  });

  it("has services that are called as a section of today's files", () => {
    const text = "volumes: {image: web:1}\nnetworks: {build: .}\nweb: {image: web:1, links: [volumes]}\n";
    assert.deepEqual(Object.keys(convert("compose", text).services), ["volumes", "networks", "web"]);
  });

  it("has the whole of an affinity for the key of a map", () => {
    const text = "db: {image: db:1}\nweb:\n  image: web:1\n  environment:\n    affinity:service!=db:\n    A: 1\n";
    const { services } = convert("swarm", text);
    const placement = { constraints: ["node.labels.fairway.runs.db != true"] };
    assert.deepEqual(services["web"], { image: "web:1", environment: { A: 1 }, deploy: { placement } });
  });

  it("has words without quotes that older readers of YAML take for a truth or a time", () => {
    const text = [
      "web:",
      "  image: web:1",
      "  restart: no",
      "  tty: yes",
      "  ports: [22:22, 80, 1:30]",
      "  environment: {DEBUG: on, LEVEL: 3}",
      "  labels: {aliyun.proxy.required: true, aliyun.proxy.TCP_PORTS: 8001:22}",
    ].join("\n");
    const { services } = convert("compose", text);
    assert.deepEqual(services["web"], {
      image: "web:1",
      restart: "no",
      tty: true,
      ports: ["22:22", 80, "1:30"],
      environment: { DEBUG: "on", LEVEL: 3 },
      labels: { "aliyun.proxy.required": "true", "aliyun.proxy.TCP_PORTS": "8001:22" },
    });
  });

  const onNode = (target: number, published?: number) => ({
    target,
    ...(published === undefined ? {} : { published }),
    mode: "host",
  });
  for (const [ports, expected] of [
    ["[80, 443.0]", [onNode(80), onNode(443)]],
    ["['80-81:90-91']", [onNode(90, 80), onNode(91, 81)]],
    ["['80:80', 80:80]", [onNode(80, 80)]],
  ] as const) {
    it(`publishes ${ports} on each node`, () => assert.deepEqual(portsOf(ports).ports, expected));
  }

  for (const port of ["90-80", "1-99999999", "3000-3010:80", "80-90:80-85", "0"]) {
    it(`keeps port ${port}, which is not one of a node's, and says so`, () => {
      const { ports, lines } = portsOf(`['${port}']`);
      assert.deepEqual(ports, [port]);
      assert.deepEqual(lines, [`t.yml:3:11  web: port ${port} is kept as it is: write it out, with mode: host`]);
    });
  }

  for (const [ports, isPublished] of [
    ["['3000-3010:80']", true],
    ["[{target: '80'}]", true],
    ["[{target: 8080}]", false],
    ["['80${'{'}MORE}']", true],
  ] as const) {
    it(`is told to publish the port of a load balancer ${isPublished ? "only when it does not" : "when it does not"}: ${ports}`, () => {
      const text = `web:\n  image: web:1\n  ports: ${ports}\n  labels: {aliyun.lb.port_80: 'tcp://front:80'}\n`;
      const told = convert("compose", text).lines.filter((line) => line.includes("publish port 80"));
      assert.equal(told.length, isPublished ? 0 : 1);
    });
  }
});
