import type { NamedPort } from "../records.ts";
import type { Rejection } from "../rejection.ts";
import { shown } from "../text.ts";
import type { Labels } from "./clean-labels.ts";
import { hintLabel, refuseLabel } from "./label-rejection.ts";
import { sniLabel, tcpPortsLabel } from "./label-table.ts";
import type { FrontPort, PortMap } from "./port-list.ts";
import { readServerNames } from "./server-names.ts";

/** What of the front ports is a service's own, what it shares by name, by container port, and what is refused. */
export type NamedPortsReading = {
  readonly ports: PortMap;
  readonly named: ReadonlyMap<number, readonly NamedPort[]>;
  readonly rejections: readonly Rejection[];
};

/**
 * Divides front ports into those that a service has by itself, and those where it has the names of its label. A port whose
 * names cannot be read is refused: by itself it would get what is meant for others.
 */
export function readNamedPorts(ports: PortMap, labels: Labels): NamedPortsReading {
  const readings = new Map<string, ReturnType<typeof readServerNames>>();
  const read = (front: FrontPort) => {
    const own = `${sniLabel}.${front.port}`;
    const label = labels.has(own) ? own : sniLabel;
    const text = labels.get(label);
    if (text !== undefined && !readings.has(label)) readings.set(label, readServerNames(label, text));
    return { front, label, names: readings.get(label)?.names };
  };
  const all = [...ports].flatMap(([port, fronts]) => fronts.map((front) => ({ port, ...readIf(front, read) })));
  const whole = all.filter(({ front, names }) => names === undefined && !needsName(front));
  const named = all.filter(({ names = [] }) => names.length > 0);
  const nameless = all.filter(({ front, names }) => names?.length === 0 || (names === undefined && needsName(front)));
  return {
    ports: grouped(whole, ({ front }) => front),
    named: grouped(named, ({ front, names = [] }) => ({
      port: front.port,
      as: wayOf(front),
      names: [...names],
    })),
    rejections: [
      ...[...readings.values()].flatMap(({ rejections }) => rejections),
      ...nameless.map(({ front, label }) => refuseNameless(front, label)),
      ...hintIdle(labels, readings),
    ],
  };
}

/** By itself a proxy can neither pass TLS through by no name, nor answer who asks for TLS first: "*" is every name. */
function needsName({ sni, postgres }: FrontPort): boolean {
  return sni === true || postgres === true;
}

function wayOf({ sni, postgres }: FrontPort): NamedPort["as"] {
  if (postgres === true) return "postgres";
  return sni === true ? "sni" : "ssl";
}

type Read = { readonly front: FrontPort; readonly label: string; readonly names: readonly string[] | undefined };

/** A plain port has no names: clients tell none there. */
function readIf(front: FrontPort, read: (front: FrontPort) => Read): Read {
  return front.ssl || front.sni === true ? read(front) : { front, label: sniLabel, names: undefined };
}

function grouped<T extends { readonly port: number }, U>(all: readonly T[], make: (each: T) => U) {
  const groups = new Map<number, U[]>();
  for (const each of all) groups.set(each.port, [...(groups.get(each.port) ?? []), make(each)]);
  return groups;
}

function refuseNameless(front: FrontPort, label: string): Rejection {
  const item = `${front.port}/${wayOf(front)}`;
  const reason = `${item} is not served: ${shown(label)} has no name by which its clients ask for it`;
  return refuseLabel({ code: "no-name", label: tcpPortsLabel, value: item, reason });
}

/** Names that no port has. */
function hintIdle(labels: Labels, used: ReadonlyMap<string, unknown>): readonly Rejection[] {
  const written = [...labels.keys()].filter((each) => each === sniLabel || each.startsWith(`${sniLabel}.`));
  return written
    .filter((label) => !used.has(label))
    .map((label) => {
      const reason = "it has no effect: names are for ports with /ssl, /sni or /postgres in TCP_PORTS";
      return hintLabel({ code: "names-without-port", label, value: labels.get(label) ?? "", reason });
    });
}
