import type { Stored } from "@fairway/registry";
import type { z } from "zod";
import { claims, ports } from "./claims.ts";
import { endpoints } from "./endpoints.ts";
import type { Kind, NamedItem, Reading, Refusals } from "./kind.ts";
import { nodes } from "./nodes.ts";
import { proxies } from "./proxies.ts";
import { rejections } from "./rejections.ts";
import { services } from "./services.ts";

/** An item of whatever kind, as it is asked for and shown. */
export type ShownItem = NamedItem & {
  /** What JSON and YAML tell of it. */
  readonly item: NamedItem;
  /** What people may call it beside its name. */
  readonly alsoCalled: readonly string[];
  /** Undefined: items of this kind belong to no project. */
  readonly project: string | null | undefined;
  /** Its text in each column, not safe to show. */
  readonly cells: readonly string[];
};

/** A kind whose items are read, shown and described by itself alone. */
export type AnyKind = {
  readonly prefixes: readonly string[];
  readonly schema: z.ZodType<NamedItem>;
  readonly hasProjects: boolean;
  readonly columns: readonly { readonly title: string; readonly isWide?: boolean }[];
  readonly asksAgents: boolean;
  readonly read: (stored: readonly Stored[], refusals?: Refusals) => Reading<ShownItem>;
};

/** Everything that `fairway get` shows, in the order of its help. */
export const kinds: Readonly<Record<string, AnyKind>> = {
  services: shownAs(services),
  endpoints: shownAs(endpoints),
  ports: shownAs(ports),
  nodes: shownAs(nodes),
  proxies: shownAs(proxies),
  claims: shownAs(claims),
  rejections: shownAs(rejections),
};

/** A kind by itself alone. */
export function shownAs<T extends NamedItem>({
  prefixes,
  schema,
  columns,
  projectOf,
  asksAgents,
  ...kind
}: Kind<T>): AnyKind {
  const show = (item: T): ShownItem => ({
    name: item.name,
    item,
    alsoCalled: kind.alsoCalled(item),
    project: projectOf?.(item),
    cells: columns.map(({ text }) => text(item)),
  });
  const read = (stored: readonly Stored[], refusals?: Refusals) => {
    const { items, leftOut } = kind.read(stored, refusals);
    return { items: items.map(show), leftOut };
  };
  return { prefixes, schema, hasProjects: projectOf !== undefined, columns, asksAgents: asksAgents === true, read };
}
