import type { ContainerRow, Tone } from "../view/rows.ts";
import { finder, inOrder } from "./search.ts";

/** A service as it is shown above its containers: counted are all that it has, also those that are not shown. */
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

/** Services in the order of their names, each with those of its containers that are wanted; none without such. */
export function serviceLines(
  rows: Iterable<ContainerRow>,
  { search, isTroubleOnly, folded }: WantedLines,
): readonly PageLine[] {
  const finds = finder(search);
  const isWanted = (row: ContainerRow) => (!isTroubleOnly || isTrouble(row.tone)) && finds(row);
  return [...servicesIn(rows)].sort(byFirst).flatMap(([key, group]) => {
    const wanted = group.filter(isWanted);
    if (wanted.length === 0) return [];
    const service = serviceLine(key, group, folded.has(key));
    const shown = service.isFolded ? [] : wanted.sort(byName);
    return [service, ...shown.map((row): PageLine => ({ kind: "container", id: row.id, row }))];
  });
}

/** The service of a container, as it is written. */
export function serviceOf({ project, service }: Pick<ContainerRow, "project" | "service">): string {
  return `${project}/${service}`;
}

function servicesIn(rows: Iterable<ContainerRow>): ReadonlyMap<string, readonly ContainerRow[]> {
  const groups = new Map<string, ContainerRow[]>();
  for (const row of rows) {
    const key = serviceOf(row);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  }
  return groups;
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
  return inOrder(a.name, b.name) || inOrder(a.id, b.id);
}

function byFirst([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return inOrder(a, b);
}
