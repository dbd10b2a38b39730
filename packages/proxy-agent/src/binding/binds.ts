import type { Line, Listener, Sections } from "@fairway/haproxy";
import type { BindAddress } from "@fairway/program";
import type { Desired } from "../desired/desired.ts";
import type { Observed } from "../observed.ts";
import { bindKey } from "./probe-bind.ts";

/** A listener that is desired, or the stats page, and every address that it is to be bound to. */
export type WantedBinds = {
  /** Its port, by which it is known. */
  readonly listener: number;
  readonly binds: readonly BindAddress[];
  /** How many sockets HAProxy needs for it beside connections: one for each address, and for the check of each server. */
  readonly sockets: number;
  /** True for the stats page. */
  readonly isStats: boolean;
};

/** All that is desired to be bound. */
export function wantedBinds({ listeners, sections }: Desired): readonly WantedBinds[] {
  const stats = statsBinds(sections);
  const [first] = stats;
  const own = listeners.map((each) => {
    const binds = bindsOf(each);
    return { listener: each.port, binds, sockets: binds.length + each.servers.length, isStats: false };
  });
  if (first === undefined) return own;
  return [...own, { listener: first.port, binds: stats, sockets: stats.length, isStats: true }];
}

/** Every address that HAProxy is known to be bound to, as {@link bindKey} writes it. */
export function boundAddresses({ sections, listeners }: Observed): ReadonlySet<string> {
  const binds = [...listeners.values()].flatMap(({ served }) => (served ? bindsOf(served) : []));
  return new Set([...binds, ...(sections === undefined ? [] : statsBinds(sections))].map(bindKey));
}

function bindsOf({ port, settings }: Pick<Listener, "port" | "settings">): readonly BindAddress[] {
  return settings.addresses.map((address) => ({ address, port }));
}

/** The addresses of the stats page. */
function statsBinds({ stats }: Pick<Sections, "stats">): readonly BindAddress[] {
  return stats.flatMap(bindsOfLine);
}

/** The address of a `bind` line. */
function bindsOfLine({ text }: Line): readonly BindAddress[] {
  const [, v6, v4, port] = /^\s*bind (?:\[([^\]]*)\]|([0-9.]+)):(\d+)/.exec(text) ?? [];
  const address = v6 ?? v4;
  return address === undefined || port === undefined ? [] : [{ address, port: Number(port) }];
}
