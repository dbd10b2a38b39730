import type { ContainerRow, Tone } from "../view/rows.ts";
import { finder } from "./search.ts";

/** A service as it is shown above its containers. */
export type ServiceLine = {
  readonly kind: "service";
  readonly id: string;
  readonly tone: Tone;
  readonly project: string;
  readonly service: string;
  readonly fronts: readonly string[];
  readonly served: number;
  readonly containers: number;
  readonly nodes: number;
  readonly isFolded: boolean;
};

/** A container below its service. */
export type ContainerLine = { readonly kind: "container"; readonly id: string; readonly row: ContainerRow };

export type PageLine = ServiceLine | ContainerLine;

/** What is asked for. */
export type WantedLines = {
  /** Part of a name, an id, a port or a sentence; several words must all be found. */
  readonly search: string;
  /** Only what is not served everywhere. */
  readonly isTroubleOnly: boolean;
  /** Ids of service lines whose containers are not shown. */
  readonly folded: ReadonlySet<string>;
};

/** Services and their containers in the order of their names, of those that are wanted. */
export function serviceLines(
  rows: Iterable<ContainerRow>,
  { search, isTroubleOnly, folded }: WantedLines,
): readonly PageLine[] {
  const finds = finder(search);
  const groups = new Map<string, ContainerRow[]>();
  for (const row of rows) {
    if ((isTroubleOnly && !isTrouble(row.tone)) || !finds(row)) continue;
    const key = `${row.project}/${row.service}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  }
  return [...groups].sort(byFirst).flatMap(([key, group]) => {
    const service = serviceLine(key, group, folded.has(key));
    const shown = service.isFolded ? [] : group.sort(byName);
    return [service, ...shown.map((row): PageLine => ({ kind: "container", id: row.id, row }))];
  });
}

/** Something is wrong with it. */
export function isTrouble(tone: Tone): boolean {
  return tone === "broken" || tone === "partly";
}

function serviceLine(id: string, group: readonly ContainerRow[], isFolded: boolean): ServiceLine {
  const [{ project, service }] = group as readonly [ContainerRow];
  return {
    kind: "service",
    id,
    tone: toneOf(group),
    project,
    service,
    fronts: [...new Set(group.flatMap(({ fronts }) => fronts))],
    served: group.filter(({ tone }) => tone === "good").length,
    containers: group.length,
    nodes: new Set(group.map(({ node }) => node)).size,
    isFolded,
  };
}

/** A service of which something is served is not broken: some of it is. */
function toneOf(group: readonly ContainerRow[]): Tone {
  const tones = new Set(group.map(({ tone }) => tone));
  if (tones.size === 1) return group[0]?.tone ?? "quiet";
  if (tones.has("partly") || tones.has("broken")) return tones.has("good") || tones.has("partly") ? "partly" : "broken";
  return tones.has("good") ? "good" : "waiting";
}

function byName(a: ContainerRow, b: ContainerRow): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : a.id < b.id ? -1 : 1;
}

function byFirst([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}
