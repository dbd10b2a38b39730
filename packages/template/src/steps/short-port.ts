import { readList } from "../document/pairs.ts";
import type { Service } from "../document/service.ts";

/** A published port, or a range of them, in the short form: `[[ip:]host:]container[/protocol]`. */
export type ShortPort = {
  readonly hasIp: boolean;
  /** The first host port; undefined: the engine chooses one. */
  readonly host: number | undefined;
  /** Container ports. */
  readonly first: number;
  readonly last: number;
  readonly protocol: string | undefined;
};

const shortForm =
  /^(?<ip>(?:\[.+\]|\d+\.[\d.]+):)?(?:(?<host>\d+)(?:-\d+)?:)?(?<first>\d+)(?:-(?<last>\d+))?(?:\/(?<protocol>tcp|udp|sctp))?$/;

/** Reads the short form; undefined for what is none, or has a variable in it. */
export function readShortPort(text: string): ShortPort | undefined {
  const { ip, host, first, last, protocol } = shortForm.exec(text)?.groups ?? {};
  if (first === undefined) return undefined;
  return {
    hasIp: ip !== undefined,
    host: host === undefined ? undefined : Number(host),
    first: Number(first),
    last: Number(last ?? first),
    protocol,
  };
}

/** Whether a service publishes a container port; true also where a variable leaves it open. */
export function hasPublished(service: Service, port: number): boolean {
  return readList(service, "ports").some(({ text }) => {
    const short = readShortPort(text);
    if (short === undefined) return text.includes(`"target":${port}`) || text.includes("$");
    return short.first <= port && port <= short.last;
  });
}
