import type { Desired } from "../desired/desired.ts";
import type { Line, Listener, Sections } from "@fairway/haproxy";
import type { Running } from "../plan/running.ts";
import type { BindAddress } from "./bind-probe.ts";
import { bindKey, probeBind } from "./bind-probe.ts";

/** A listener, or the stats page, that is left out because its address cannot be had. */
export type ListenerRefusal = {
  readonly listener: number;
  readonly code: "port-taken";
  /** Which address, and who holds it where that can be read. */
  readonly reason: string;
};

/** What is asked of {@link admit}: addresses in `bound` are ours already; `own` are the processes of our HAProxy. */
export type AdmissionQuestion = {
  readonly desired: Desired;
  readonly bound: ReadonlySet<string>;
  readonly own: readonly number[];
};

/** Probes every address that is desired and not bound yet. Answers what has to be left out. */
export async function admit({ desired, bound, own }: AdmissionQuestion): Promise<readonly ListenerRefusal[]> {
  const why = async (binds: readonly BindAddress[]) => {
    for (const bind of binds) {
      const reason = bound.has(bindKey(bind)) ? undefined : await probeBind(bind, own);
      if (reason !== undefined) return reason;
    }
    return undefined;
  };
  const refused: ListenerRefusal[] = [];
  for (let from = 0; from < desired.listeners.length; from += probedAtOnce) {
    const listeners = desired.listeners.slice(from, from + probedAtOnce);
    const reasons = await Promise.all(listeners.map((listener) => why(bindsOf(listener))));
    for (const [at, { port }] of listeners.entries()) {
      const reason = reasons[at];
      if (reason !== undefined) refused.push({ listener: port, code: "port-taken", reason });
    }
  }
  const stats = statsBinds(desired.sections);
  const reason = await why(stats);
  for (const { port } of reason === undefined ? [] : stats.slice(0, 1)) {
    refused.push({ listener: port, code: "port-taken", reason: `STATS_PORT: ${reason}` });
  }
  return refused;
}

/** So many are probed at once: each takes a file descriptor for a moment. */
const probedAtOnce = 64;

/** The desired without the listeners of some ports, and without the stats page when its port is among them. */
export function without(desired: Desired, ports: ReadonlySet<number>): Desired {
  if (ports.size === 0) return desired;
  const { listeners, sections } = desired;
  const hasStats = !statsBinds(sections).some(({ port }) => ports.has(port));
  return {
    ...desired,
    listeners: listeners.filter(({ port }) => !ports.has(port)),
    sections: hasStats ? sections : { ...sections, stats: [] },
  };
}

/** The addresses of the stats page. */
export function statsBinds({ stats }: Pick<Sections, "stats">): readonly BindAddress[] {
  return stats.flatMap(bindsOfLine);
}

/** Every address that a running configuration is bound to, as `bindKey` writes it. */
export function boundAddresses({ sections, listeners }: Running): ReadonlySet<string> {
  const binds = [...listeners.values()].flatMap(bindsOf);
  return new Set([...binds, ...(sections === undefined ? [] : statsBinds(sections))].map(bindKey));
}

function bindsOf({ port, settings }: Pick<Listener, "port" | "settings">): readonly BindAddress[] {
  return settings.addresses.map((address) => ({ address, port }));
}

/** The address of a `bind` line. */
function bindsOfLine({ text }: Line): readonly BindAddress[] {
  const [, v6, v4, port] = /^\s*bind (?:\[([^\]]*)\]|([0-9.]+)):(\d+)/.exec(text) ?? [];
  const address = v6 ?? v4;
  return address === undefined || port === undefined ? [] : [{ address, port: Number(port) }];
}
