import type { Desired, Line, Listener } from "../desired/desired.ts";
import type { Running } from "../plan/running.ts";
import type { BindAddress } from "./bind-probe.ts";
import { bindKey, probeBind } from "./bind-probe.ts";

/** A listener that is left out because its address cannot be had. */
export type ListenerRefusal = {
  readonly listener: number;
  readonly code: "port-taken";
  /** Which address, and who holds it where that can be read. */
  readonly reason: string;
};

/** Which of the desired can be bound. */
export type Admission = {
  readonly refused: readonly ListenerRefusal[];
  /** Lines outside the listeners whose address cannot be had, with the reason. */
  readonly sections: readonly { readonly line: Line; readonly reason: string }[];
};

/** What is asked of {@link admit}: addresses in `bound` are ours already; `own` are the processes of our HAProxy. */
export type AdmissionQuestion = {
  readonly desired: Desired;
  readonly bound: ReadonlySet<string>;
  readonly own: readonly number[];
};

/** Probes every address that is desired and not bound yet. */
export async function admit({ desired, bound, own }: AdmissionQuestion): Promise<Admission> {
  const why = async (binds: readonly BindAddress[]) => {
    for (const bind of binds) {
      const reason = bound.has(bindKey(bind)) ? undefined : await probeBind(bind, own);
      if (reason !== undefined) return reason;
    }
    return undefined;
  };
  const refused: ListenerRefusal[] = [];
  for (const listener of desired.listeners) {
    const reason = await why(bindsOf(listener));
    if (reason !== undefined) refused.push({ listener: listener.port, code: "port-taken", reason });
  }
  const sections: { line: Line; reason: string }[] = [];
  for (const line of desired.sections.stats) {
    const reason = await why(bindsOfLine(line));
    if (reason !== undefined) sections.push({ line, reason });
  }
  return { refused, sections };
}

/** The desired without some listeners. */
export function without(desired: Desired, ports: ReadonlySet<number>): Desired {
  if (ports.size === 0) return desired;
  return { ...desired, listeners: desired.listeners.filter(({ port }) => !ports.has(port)) };
}

/** Every address that a running configuration is bound to, as `bindKey` writes it. */
export function boundAddresses({ sections, listeners }: Running): ReadonlySet<string> {
  const binds = [...listeners.values()].flatMap(bindsOf);
  return new Set([...binds, ...(sections?.stats ?? []).flatMap(bindsOfLine)].map(bindKey));
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
