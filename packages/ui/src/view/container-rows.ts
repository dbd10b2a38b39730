import { frontOf, type NodeContainer, shown } from "@fairway/contract";
import { containersIn, type Known, type KnownContainer, ProxyKinds, standingOf } from "@fairway/proxy-agent";
import { kept } from "./changes.ts";
import type { ContainerRow, Tone } from "./rows.ts";

type Remembered = { readonly of: string; readonly refusals: object | undefined; readonly row: ContainerRow };

/**
 * The row of each container. What one container's row was made of is remembered: a change of one container costs what it
 * costs alone, and a row that says the same is the same object.
 */
export class ContainerRows {
  #remembered: ReadonlyMap<string, Remembered> = new Map();
  #around: object | undefined;
  #kinds = new ProxyKinds({ proxies: [], nodes: [] });
  #rows: ReadonlyMap<string, ContainerRow> = new Map();

  /** `around`: another object whenever proxies, nodes or operators say something else that decides about containers. */
  rowsOf(known: Known, around: object): ReadonlyMap<string, ContainerRow> {
    const isSameAround = this.#around === around;
    if (!isSameAround) this.#kinds = new ProxyKinds(known);
    const now = new Map<string, Remembered>();
    for (const container of containersIn(known)) {
      const id = idOf(container);
      const former = this.#remembered.get(id);
      const of = revisionsOf(container);
      const refusals = container.refusals?.record;
      const isSame = isSameAround && former?.of === of && former.refusals === refusals;
      now.set(id, isSame ? former : { of, refusals, row: kept(former?.row, this.#rowOf(id, container, known)) });
    }
    this.#around = around;
    this.#remembered = now;
    const isSame = now.size === this.#rows.size && [...now].every(([id, { row }]) => this.#rows.get(id) === row);
    if (!isSame) this.#rows = new Map([...now].map(([id, { row }]) => [id, row]));
    return this.#rows;
  }

  #rowOf(id: string, container: KnownContainer, known: Known): ContainerRow {
    const { endpoints, name, project, service, node } = container;
    const states = new Set(endpoints.map(({ state, drained }) => (drained === true ? `${state}, drained` : state)));
    const { routed, reason } = standingOf(container, known, this.#kinds);
    return {
      id,
      tone: toneOf(container, routed),
      name: shown(name),
      project: shown(project),
      service: shown(service),
      node: shown(node),
      fronts: frontsOf(container, known),
      state: [...states].join("; "),
      reason,
      since: endpoints[0]?.createdAt ?? "",
    };
  }
}

/** By what a row finds its container again. */
export function idOf({ node, container12 }: NodeContainer): string {
  return `${node}/${container12}`;
}

function revisionsOf({ endpoints }: KnownContainer): string {
  return endpoints.map(({ key, modRevision }) => `${key} ${modRevision}`).join("\n");
}

function toneOf({ endpoints, refusals }: KnownContainer, routed: ReturnType<typeof standingOf>["routed"]): Tone {
  if (routed === "everywhere") return "good";
  if (routed === "partly" || routed === "waiting") return routed;
  const isRefused = refusals?.record.rejections.some(({ severity }) => severity === "refused") === true;
  return endpoints.length === 0 && !isRefused ? "quiet" : "broken";
}

function frontsOf({ endpoints }: KnownContainer, { balanced }: Known): readonly string[] {
  const ordinary = endpoints.flatMap(({ listen, named = [] }) => [...listen, ...named].map(frontText));
  const ofBalancers = [...balanced].flatMap(([name, seen]) =>
    endpoints.flatMap(({ key }) => (seen.get(key)?.listen ?? []).map(({ port }) => `${port}@${shown(name)}`)),
  );
  return [...new Set([...ordinary, ...ofBalancers])];
}

function frontText(front: { readonly port: number; readonly name?: string }): string {
  return shown(String(frontOf(front)));
}
