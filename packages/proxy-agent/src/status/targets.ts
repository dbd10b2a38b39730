import { byText } from "@fairway/contract";

/** A group of Prometheus' `http_sd`. */
export type TargetGroup = { readonly targets: readonly string[]; readonly labels: Readonly<Record<string, string>> };

/** What is known of a node. */
export type TargetNode = { readonly node: string; readonly address: string; readonly zone: string };

/** What is scraped on each node, with the port where it answers unless the question names another. */
const programs = { registrar: "7380", "proxy-agent": "7381" } as const;

/** HAProxy's exporter has no port by default. */
const names = [...Object.keys(programs), "haproxy"];

/**
 * Every node's programs, for Prometheus to scrape: at the node's address and the program's default port, or at that of
 * the question (`?registrar=7380&haproxy=9101`); 0 leaves a program out. A string says what is wrong with the question.
 */
export function targetsOf(
  nodes: readonly TargetNode[],
  question: Readonly<Record<string, string>>,
): readonly TargetGroup[] | string {
  const bad = Object.entries(question).find(([name, port]) => !names.includes(name) || !isPort(port));
  if (bad !== undefined) return `say ports by the names ${names.join(", ")}, such as ?haproxy=9101; 0 leaves one out`;
  const ports: Readonly<Record<string, string>> = { ...programs, ...question };
  const wanted = Object.entries(ports).filter(([, port]) => Number(port) > 0);
  const sorted = nodes.filter(({ address }) => address !== "").toSorted((a, b) => byText(a.node, b.node));
  return sorted.flatMap(({ node, address, zone }) =>
    wanted.map(([program, port]) => ({
      targets: [`${address.includes(":") ? `[${address}]` : address}:${port}`],
      labels: { node, program, ...(zone !== "" && { zone }) },
    })),
  );
}

function isPort(text: string): boolean {
  return /^[0-9]{1,5}$/.test(text) && Number(text) <= 65_535;
}
