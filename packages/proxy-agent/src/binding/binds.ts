import type { Line, Listener, Sections } from "@fairway/haproxy";
import type { BindAddress } from "@fairway/program";
import type { Desired } from "../desired/desired.ts";
import type { Observed } from "../observed.ts";
import { bindKey } from "./probe-bind.ts";

/** A listener that is desired, or one of HAProxy's own pages, and every address that it is to be bound to. */
export type WantedBinds = {
  /** Its port, by which it is known. */
  readonly listener: number;
  readonly binds: readonly BindAddress[];
  /** How many sockets HAProxy needs for it beside connections: one for each address, and for the check of each server. */
  readonly sockets: number;
  /** The page that it is; undefined: a listener. */
  readonly page: OwnPage | undefined;
};

/** Sections that HAProxy answers by itself. */
export type OwnPage = "stats" | "monitor";
const pages: readonly OwnPage[] = ["stats", "monitor"];

/** All that is desired to be bound. */
export function wantedBinds({ listeners, sections }: Desired): readonly WantedBinds[] {
  const checks = serversByPort(listeners);
  const bound = listeners.filter(({ name }) => name === undefined);
  const own = bound.map((each): WantedBinds => {
    const binds = bindsOf(each);
    return { listener: each.port, binds, sockets: binds.length + (checks.get(each.port) ?? 0), page: undefined };
  });
  const ofPages = pages.flatMap((page): readonly WantedBinds[] => {
    const binds = pageBinds(sections, page);
    return binds[0] === undefined ? [] : [{ listener: binds[0].port, binds, sockets: binds.length, page }];
  });
  return [...own, ...ofPages];
}

function serversByPort(listeners: readonly Listener[]): ReadonlyMap<number, number> {
  const counts = new Map<number, number>();
  for (const { port, servers } of listeners) counts.set(port, (counts.get(port) ?? 0) + servers.length);
  return counts;
}

/** Every address that HAProxy is known to be bound to, as {@link bindKey} writes it. */
export function boundAddresses({ sections, listeners }: Observed): ReadonlySet<string> {
  const binds = [...listeners.values()].flatMap(({ served }) => (served ? bindsOf(served) : []));
  return new Set(
    [...binds, ...(sections === undefined ? [] : pages.flatMap((page) => pageBinds(sections, page)))].map(bindKey),
  );
}

function bindsOf({ port, settings }: Pick<Listener, "port" | "settings">): readonly BindAddress[] {
  return settings.addresses.map((address) => ({ address, port }));
}

function pageBinds(sections: Pick<Sections, OwnPage>, page: OwnPage): readonly BindAddress[] {
  return (sections[page] ?? []).flatMap(bindsOfLine);
}

/** The address of a `bind` line. */
function bindsOfLine({ text }: Line): readonly BindAddress[] {
  const [, v6, v4, port] = /^\s*bind (?:\[([^\]]*)\]|([0-9.]+)):(\d+)/.exec(text) ?? [];
  const address = v6 ?? v4;
  return address === undefined || port === undefined ? [] : [{ address, port: Number(port) }];
}
