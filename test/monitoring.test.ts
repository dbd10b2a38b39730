import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import { makeCertificate, pemOf } from "../packages/proxy-agent/test/real/kit/certificates.ts";
import { composeLabels, eventually, proxyLabels, useLab } from "./lab/index.ts";

const within = 30_000;
const metricsPort = 9101;

const page = (path: string) => readFileSync(new URL(`../deploy/${path}`, import.meta.url), "utf8");

type Rule = {
  readonly record?: string;
  readonly expr: string;
  readonly annotations?: Readonly<Record<string, string>>;
};
type Rules = { readonly groups: readonly { readonly rules: readonly Rule[] }[] };
type Target = { readonly expr: string; readonly legendFormat: string };
type Variable = { readonly type: string; readonly query: string };
type Board = {
  readonly panels: readonly { readonly targets: readonly Target[] }[];
  readonly templating: { readonly list: readonly Variable[] };
};

const rules = (parse(page("prometheus/fairway.rules.yml")) as Rules).groups.flatMap((group) => group.rules);
const board = JSON.parse(page("grafana/fairway.json")) as Board;
const targets = board.panels.flatMap((panel) => panel.targets);
const variables = board.templating.list.filter(({ type }) => type === "query").map(({ query }) => query);
const expressions = [...rules.map(({ expr }) => expr), ...targets.map(({ expr }) => expr), ...variables];

/** Every expression with what is written for people of its result, where labels stand as `{{ $labels.x }}` or `{{x}}`. */
const told = [
  ...rules.map(({ expr, annotations = {} }) => ({ expr, text: Object.values(annotations).join(" ") })),
  ...targets.map(({ expr, legendFormat }) => ({ expr, text: legendFormat })),
];

/** What Prometheus itself adds, and what http_sd tells of a target. */
const added = ["job", "instance", "node", "program", "zone"];

/** Series of a scrape: the labels of each metric that is there, `_bucket` and the like as they stand. */
function seriesIn(text: string): ReadonlyMap<string, ReadonlySet<string>> {
  const series = new Map<string, Set<string>>();
  for (const [, type = ""] of text.matchAll(/^# TYPE (\S+) /gm)) series.set(type, new Set());
  for (const [, name = "", labels = ""] of text.matchAll(/^([a-z]\w*)(?:\{(.*)\})? \S+$/gm)) {
    const own = [...labels.matchAll(/(\w+)="/g)].map(([, label = ""]) => label);
    series.set(name, new Set([...(series.get(name) ?? []), ...own]));
  }
  return series;
}

/** What an expression asks for that no scrape has: metrics, and labels of its metrics. */
function missingIn(expression: string, series: ReadonlyMap<string, ReadonlySet<string>>): readonly string[] {
  const own = new Set(rules.map(({ record }) => record));
  const names = [...expression.matchAll(/\b(?:\w+:)?(?:fairway|haproxy)_\w+(?::\w+)?/g)].map(([name]) => name);
  const metrics = [...new Set(names)].filter((name) => !own.has(name));
  const matchers = [...expression.matchAll(/\{([^}]*)\}/g)].flatMap(([, text = ""]) => [
    ...text.matchAll(/(\w+)\s*[=!]/g),
  ]);
  const groups = [...expression.matchAll(/by \(([^)]*)\)/g)].flatMap(([, text = ""]) => [...text.matchAll(/(\w+)/g)]);
  const values = [...expression.matchAll(/label_values\(.*, *(\w+)\)/g)];
  const labels = [...matchers, ...groups, ...values]
    .map(([, label = ""]) => label)
    .filter((label) => !added.includes(label));
  return [
    ...metrics.filter((name) => !series.has(name)),
    ...metrics.flatMap((name) =>
      labels.filter((label) => series.has(name) && !series.get(name)?.has(label)).map((label) => `${name}{${label}}`),
    ),
  ];
}

/** Labels in a text for people that the result of its expression has not: those it sums by, else those of its metrics. */
function untold({ expr, text }: (typeof told)[number], series: ReadonlyMap<string, ReadonlySet<string>>) {
  const written = [...text.matchAll(/\{\{ *(?:\$labels\.)?(\w+) *\}\}/g)].map(([, label = ""]) => label);
  const [, by] = /by \(([^)]*)\)/.exec(expr) ?? [];
  const metrics = [...expr.matchAll(/\b(?:fairway|haproxy)_\w+/g)];
  const known = by?.match(/\w+/g) ?? [...metrics.flatMap(([name]) => [...(series.get(name) ?? [])]), ...added];
  return written.filter((label) => !known.includes(label)).map((label) => `${label}: ${text}`);
}

describe("what watches Fairway", () => {
  const lab = useLab({ agents: false });

  it("asks for metrics and labels that agent, registrar and HAProxy tell", async () => {
    const node = lab().node(1);
    const serve = (service: string, ports: string, more: Readonly<Record<string, string>> = {}) =>
      node.runContainer({ labels: { ...composeLabels("shop", service), ...proxyLabels(ports), ...more } });
    const ping = (port: number) =>
      node.run("timeout", "1", "redis-cli", "-h", node.address, "-p", String(port), "ping").catch(() => undefined);
    const certificates = join(lab().directory, "certificates");
    await mkdir(certificates);
    await writeFile(join(certificates, "db.pem"), pemOf(await makeCertificate("db.example.com")));
    await node.agent.start({ METRICS_LISTEN: `${node.address}:${metricsPort}`, CERT_FOLDER: certificates });
    await Promise.all([
      serve("db", "7051:6379"),
      serve("tls", "7053:6379/ssl"),
      serve("closed", "7052:6379", { "aliyun.proxy.DENY": node.address }),
      serve("bad", "99999, 7381:6379"),
    ]);
    const found = await eventually(
      async () => {
        await Promise.all([ping(7051), ping(7052)]);
        const exporter = await fetch(`http://${node.address}:${metricsPort}/metrics`);
        const texts = [(await node.agent.admin("/metrics")).body, (await node.registrar.admin("/metrics")).body];
        const series = seriesIn([...texts, await exporter.text()].join("\n"));
        const missing = expressions.flatMap((expression) => missingIn(expression, series));
        assert.deepEqual(missing, []);
        return series;
      },
      { within },
    );
    assert.deepEqual(
      told.flatMap((each) => untold(each, found)),
      [],
    );
    assert.deepEqual(
      untold({ expr: "sum by (project) (fairway_service_servers)", text: "{{ $labels.service }}" }, found),
      ["service: {{ $labels.service }}"],
    );
    assert.ok(found.size > 100, `${found.size} metrics`);
    assert.deepEqual(missingIn("label_values(fairway_service_servers, nosuch)", found), [
      "fairway_service_servers{nosuch}",
    ]);
    assert.deepEqual(missingIn('sum by (nosuch) (fairway_service_servers{state="up"}) + fairway_nosuch', found), [
      "fairway_nosuch",
      "fairway_service_servers{nosuch}",
    ]);
  });

  it("finds every node's programs by an agent, which all answer", async () => {
    const node = lab().node(1);
    const { status, body } = await node.agent.admin(`/v1/targets?haproxy=${metricsPort}`);
    assert.equal(status, 200);
    const groups = JSON.parse(body) as { targets: string[]; labels: Record<string, string> }[];
    assert.deepEqual(
      groups.map(({ targets, labels }) => `${labels["node"]} ${labels["program"]} ${targets.join()}`),
      [["registrar", 7380] as const, ["proxy-agent", 7381] as const, ["haproxy", metricsPort] as const].map(
        ([program, port]) => `n1 ${program} ${node.address}:${port}`,
      ),
    );
    const answers = await Promise.all(groups.map(({ targets }) => fetch(`http://${targets.join()}/metrics`)));
    assert.deepEqual(
      answers.map(({ status: code }) => code),
      [200, 200, 200],
    );
  });
});
