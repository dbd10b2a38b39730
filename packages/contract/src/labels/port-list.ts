import { mostPorts } from "../bounds.ts";
import type { Rejection } from "../rejection.ts";
import { shown, splitItems } from "../text.ts";
import { hintLabel, refuseLabel } from "./label-rejection.ts";
import { excludePortsLabel, tcpPortsLabel } from "./label-table.ts";

/**
 * A port that proxies listen on; `ssl`: they open TLS there; `sni`: they read the name in it, and pass it through; `postgres`:
 * they open TLS that clients of PostgreSQL ask for first.
 */
export type FrontPort = {
  readonly port: number;
  readonly ssl: boolean;
  readonly sni?: true;
  readonly postgres?: true;
};

/** Each container port to serve, sorted, with the ports that proxies listen on for it, sorted. */
export type PortMap = ReadonlyMap<number, readonly FrontPort[]>;

/** What the port labels ask for, and what is refused of it. */
export type PortsReading = { readonly ports: PortMap; readonly rejections: readonly Rejection[] };

/**
 * Reads TCP_PORTS, a comma list of `P` and `L:P` (listen on L, container port P), each with `/ssl` where proxies open
 * TLS, `/postgres` where clients of PostgreSQL ask for that first, or `/sni` where they pass it through by name, less EXCLUDE_PORTS. Spaces, empty items and repetitions are ignored; a bad item is refused and the others stay.
 */
export function readPorts(labels: ReadonlyMap<string, string>): PortsReading {
  const items = splitItems(labels.get(tcpPortsLabel));
  const wanted = items.slice(0, mostPorts).map(readItem);
  const excludedItems = splitItems(labels.get(excludePortsLabel)).slice(0, mostPorts);
  const excluded = excludedItems.map((item) => readPort(item, { label: excludePortsLabel, item }));
  const without = new Set(excluded.flatMap((each) => (each.ok ? [each.port] : [])));
  const { pairs, rejections: mixed } = refuseMixed(wanted.flatMap((each) => (each.ok ? [each] : [])));
  return {
    ports: groupByPort(pairs.filter(({ port }) => !without.has(port))),
    rejections: [
      ...[...wanted, ...excluded].flatMap((each) => (each.ok ? [] : [each.rejection])),
      ...mixed,
      ...unique(pairs.map(({ port }) => port).filter((port) => without.has(port))).map(hintExcluded),
      ...hintTwice(pairs.filter(({ port }) => !without.has(port))),
      ...refuseTooMany(items.length),
    ],
  };
}

type Source = { readonly label: string; readonly item: string };
type Refused = { readonly ok: false; readonly rejection: Rejection };
/** How a front port is served. */
type Kind = "plain" | "ssl" | "sni" | "postgres";
/** A front port and the container port that it leads to. */
type Pair = { readonly listen: number; readonly port: number; readonly kind: Kind };
type Item = (Pair & { readonly ok: true }) | Refused;

function readItem(item: string): Item {
  const source = { label: tcpPortsLabel, item };
  const [, ports = "", suffix] = /^([^/]*)(\/.*)?$/s.exec(item) ?? [];
  const kind = suffix === undefined ? "plain" : kinds.get(suffix.trim().toLowerCase());
  if (kind === undefined) return refuseSuffix(source, suffix ?? "");
  const [first = "", second = first, more] = ports.split(":").map((part) => part.trim());
  if (more !== undefined) {
    const reason = `${shown(item)} is neither a port nor listen:container, such as 8001:6379`;
    return refuseItem(source, { code: "not-a-port", reason });
  }
  const listen = readPort(first, source);
  const port = readPort(second, source);
  if (!listen.ok) return listen;
  return port.ok ? { ok: true, listen: listen.port, port: port.port, kind } : port;
}

const kinds: ReadonlyMap<string, Kind> = new Map([
  ["/ssl", "ssl"],
  ["/sni", "sni"],
  ["/postgres", "postgres"],
]);

/** Protocols in which the server speaks first: no client has told a name by then. */
const speaksFirst = /^\/(starttls|mysql|mariadb|smtp|imap|pop3|ftp)$/i;

function refuseSuffix(source: Source, suffix: string): Refused {
  const item = shown(source.item);
  const reason = speaksFirst.test(suffix.trim())
    ? `${item}: clients of MySQL, and of STARTTLS, wait for a greeting of the server before they say anything, so no name tells servers apart: give each a front port of its own, or use a protocol that begins with TLS`
    : `${item}: the suffix ${shown(suffix)} is not known, /ssl, /sni and /postgres are`;
  return refuseItem(source, { code: "unknown-suffix", reason });
}

function readPort(text: string, source: Source): { readonly ok: true; readonly port: number } | Refused {
  const port = /^[0-9]+$/.test(text) ? Number(text) : undefined;
  if (port !== undefined && port >= 1 && port <= 65535) return { ok: true, port };
  const code = port === undefined ? "not-a-port" : "port-out-of-range";
  const advice = /\d[\s;]+\d/.test(text) ? "; items are separated by commas" : "";
  return refuseItem(source, { code, reason: `${shown(text) || '""'} is not a port (1–65535)${advice}` });
}

function refuseItem({ label, item }: Source, { code, reason }: { code: string; reason: string }): Refused {
  return { ok: false, rejection: refuseLabel({ code, label, value: item, reason }) };
}

function hintExcluded(port: number): Rejection {
  const reason = `${port} is in TCP_PORTS and in EXCLUDE_PORTS, which wins: not served`;
  return hintLabel({ code: "port-excluded", label: excludePortsLabel, value: String(port), reason });
}

function refuseTooMany(count: number): readonly Rejection[] {
  if (count <= mostPorts) return [];
  const reason = `${count} ports are too many: the first ${mostPorts} are served`;
  return [refuseLabel({ code: "too-many-ports", label: tcpPortsLabel, value: String(count), reason })];
}

/** A front port is served in one way: of one container that asks for several the first item counts. */
function refuseMixed(items: readonly Pair[]): { readonly pairs: readonly Pair[]; readonly rejections: Rejection[] } {
  const first = new Map<number, Kind>();
  for (const { listen, kind } of items) if (!first.has(listen)) first.set(listen, kind);
  const others = items.filter(({ listen, kind }) => first.get(listen) !== kind);
  const ofListen = new Map(others.map(({ listen, kind }) => [listen, kind]));
  const rejections = [...ofListen].map(([listen, kind]) => {
    const kept = waysOf[first.get(listen) ?? "plain"];
    const refused = kind === "plain" ? String(listen) : `${listen}/${kind}`;
    const reason = `port ${listen} is ${kept} by an earlier item: a port is served in one way`;
    return refuseLabel({ code: "ssl-and-plain", label: tcpPortsLabel, value: refused, reason });
  });
  return { pairs: items.filter((each) => !others.includes(each)), rejections };
}

const waysOf: Readonly<Record<Kind, string>> = {
  plain: "plain",
  ssl: "TLS",
  sni: "TLS that is passed through",
  postgres: "PostgreSQL's TLS",
};

/** A front port that leads to several ports of one container is seldom meant. */
function hintTwice(pairs: readonly Pair[]): readonly Rejection[] {
  const byListen = new Map<number, Set<number>>();
  for (const { listen, port } of pairs) byListen.set(listen, (byListen.get(listen) ?? new Set()).add(port));
  const several = [...byListen].filter(([, ports]) => ports.size > 1);
  return several.map(([listen, ports]) => {
    const value = [...ports].map((port) => `${listen}:${port}`).join(", ");
    const reason = `port ${listen} leads to ports ${[...ports].join(" and ")} of one container: each connection goes to either; give each a front port of its own`;
    return hintLabel({ code: "port-twice", label: tcpPortsLabel, value, reason });
  });
}

function groupByPort(pairs: readonly Pair[]): PortMap {
  const ports = new Map<number, Map<number, FrontPort>>();
  for (const { listen, port, kind } of pairs) {
    const way = {
      ...(kind === "sni" && { sni: true as const }),
      ...(kind === "postgres" && { postgres: true as const }),
    };
    const front = { port: listen, ssl: kind === "ssl" || kind === "postgres", ...way };
    ports.set(port, (ports.get(port) ?? new Map()).set(listen, front));
  }
  const sorted = [...ports].sort(([a], [b]) => a - b);
  return new Map(sorted.map(([port, front]) => [port, [...front.values()].sort((a, b) => a.port - b.port)]));
}

function unique<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}
