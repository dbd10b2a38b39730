import { parsePort } from "@fairway/contract";
import { mapOf, readList } from "../document/pairs.ts";
import type { Service } from "../document/service.ts";

/** A published port, or a range of them, in the short form: `[[ip:]host:]container[/protocol]`. */
export type ShortPort = {
  readonly hasIp: boolean;
  /** Host ports, as many as container ports; undefined: the engine chooses. */
  readonly host: Range | undefined;
  /** Container ports. */
  readonly container: Range;
  readonly protocol: string | undefined;
};

type Range = { readonly first: number; readonly last: number };

const shortForm =
  /^(?<ip>(?:\[.+\]|\d+\.[\d.]+):)?(?:(?<host>\d+(?:-\d+)?):)?(?<container>\d+(?:-\d+)?)(?:\/(?<protocol>tcp|udp|sctp))?$/;

/**
 * Reads the short form; undefined for what is none, has a variable in it, or leaves open which host port is that of which
 * container port.
 */
export function readShortPort(text: string): ShortPort | undefined {
  const { ip, host: hosts, container: containers, protocol } = shortForm.exec(text)?.groups ?? {};
  const [host, container] = [readRange(hosts), readRange(containers)];
  if (container === undefined || (hosts !== undefined && host === undefined)) return undefined;
  if (host && lengthOf(host) !== lengthOf(container)) return undefined;
  return { hasIp: ip !== undefined, host, container, protocol };
}

/** Whether a service publishes a container port; true also where a variable leaves it open. */
export function hasPublished(service: Service, port: number): boolean {
  return readList(service, "ports").some(({ text, value }) => {
    if (text.includes("$")) return true;
    const ports =
      typeof value === "object" ? String(mapOf(value)["target"]) : shortForm.exec(text)?.groups?.["container"];
    const range = readRange(ports);
    return range !== undefined && range.first <= port && port <= range.last;
  });
}

/** `80` or `80-90`; undefined where there is no such port or no such range. */
function readRange(text: string | undefined): Range | undefined {
  const [first = 0, last = first] = text?.split("-").map((each) => parsePort(each) ?? 0) ?? [];
  return first > 0 && first <= last ? { first, last } : undefined;
}

function lengthOf({ first, last }: Range): number {
  return last - first + 1;
}
