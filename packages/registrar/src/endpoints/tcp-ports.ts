import { hint, refused, shown, type Rejection } from "@fairway/contract";
import { excludePortsLabel, type Labels, tcpPortsLabel } from "./labels.ts";

/** Each container port to serve, sorted, with the ports that proxies listen on for it, sorted. */
export type PortMap = ReadonlyMap<number, readonly number[]>;

/** What the port labels say, and what of them was refused. */
export type Ports = { readonly ports: PortMap; readonly rejections: readonly Rejection[] };

/** More than any container serves, and few enough that its record stays far below etcd's limit of a request. */
const mostItems = 1024;

/**
 * Reads TCP_PORTS, a comma list of `P` and `L:P` (listen on L, container port P), less EXCLUDE_PORTS.
 * Spaces, empty items and repetitions are ignored; a bad item is refused and the others stay.
 */
export function tcpPorts(labels: Labels): Ports {
  const wanted = itemsOf(labels, tcpPortsLabel).map(readItem);
  const excluded = itemsOf(labels, excludePortsLabel).map((item) => readPort(item, { label: excludePortsLabel, item }));
  const without = new Set(excluded.flatMap((each) => (each.ok ? [each.port] : [])));
  const pairs = wanted.flatMap((each) => (each.ok ? [each] : []));
  return {
    ports: grouped(pairs.filter(({ port }) => !without.has(port))),
    rejections: [
      ...[...wanted, ...excluded].flatMap((each) => (each.ok ? [] : [each.rejection])),
      ...unique(pairs.map(({ port }) => port).filter((port) => without.has(port))).map(excludedHint),
      ...tooMany(labels),
    ],
  };
}

type Place = { readonly label: string; readonly item: string };
type Refused = { readonly ok: false; readonly rejection: Rejection };
type Item = { readonly ok: true; readonly listen: number; readonly port: number } | Refused;

function readItem(item: string): Item {
  const place = { label: tcpPortsLabel, item };
  const slash = item.indexOf("/");
  if (slash !== -1) return refusedItem(place, suffixRefusal(item, item.slice(slash)));
  const [first = "", second = first, more] = item.split(":").map((part) => part.trim());
  if (more !== undefined) {
    const reason = `${shown(item)} is neither a port nor listen:container, such as 8001:6379`;
    return refusedItem(place, { code: "not-a-port", reason });
  }
  const listen = readPort(first, place);
  const port = readPort(second, place);
  if (!listen.ok) return listen;
  return port.ok ? { ok: true, listen: listen.port, port: port.port } : port;
}

function readPort(text: string, place: Place): { readonly ok: true; readonly port: number } | Refused {
  const port = /^[0-9]+$/.test(text) ? Number(text) : undefined;
  if (port !== undefined && port >= 1 && port <= 65535) return { ok: true, port };
  const code = port === undefined ? "not-a-port" : "port-out-of-range";
  const advice = /\d[\s;]+\d/.test(text) ? "; items are separated by commas" : "";
  return refusedItem(place, { code, reason: `${shown(text) || '""'} is not a port (1–65535)${advice}` });
}

function suffixRefusal(item: string, suffix: string): { code: string; reason: string } {
  if (suffix.trim().toLowerCase() === "/ssl") {
    return { code: "ssl-not-built", reason: `${shown(item)}: TLS on a port is not built yet` };
  }
  return { code: "unknown-suffix", reason: `${shown(item)}: the suffix ${shown(suffix)} is not known` };
}

function refusedItem({ label, item }: Place, { code, reason }: { code: string; reason: string }): Refused {
  return { ok: false, rejection: refused({ code, label, value: item, reason }) };
}

function excludedHint(port: number): Rejection {
  const reason = `${port} is in TCP_PORTS and in EXCLUDE_PORTS, which wins: not served`;
  return hint({ code: "port-excluded", label: excludePortsLabel, value: String(port), reason });
}

function tooMany(labels: Labels): readonly Rejection[] {
  const count = allItemsOf(labels, tcpPortsLabel).length;
  if (count <= mostItems) return [];
  const reason = `${count} ports are too many: the first ${mostItems} are served`;
  return [refused({ code: "too-many-ports", label: tcpPortsLabel, value: String(count), reason })];
}

function itemsOf(labels: Labels, label: string): readonly string[] {
  return allItemsOf(labels, label).slice(0, mostItems);
}

function allItemsOf(labels: Labels, label: string): readonly string[] {
  const items = (labels.get(label) ?? "").split(",").map((item) => item.trim());
  return unique(items.filter((item) => item !== ""));
}

function grouped(pairs: readonly { readonly listen: number; readonly port: number }[]): PortMap {
  const ports = new Map<number, Set<number>>();
  for (const { listen, port } of pairs) ports.set(port, (ports.get(port) ?? new Set()).add(listen));
  const sorted = [...ports].sort(([a], [b]) => a - b);
  return new Map(sorted.map(([port, listen]) => [port, [...listen].sort((a, b) => a - b)]));
}

function unique<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}
