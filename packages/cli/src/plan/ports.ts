import { isIP } from "node:net";
import { mapOf } from "@fairway/template";

/** A container port that a file publishes; no `hostPort`: Docker picks one. */
export type FilePort = {
  readonly containerPort: number;
  readonly hostIp: string;
  readonly hostPort: number | undefined;
};

const most = 1000;

/** Reads one item of `ports`: TCP alone, ranges one by one. Undefined: it is none that can be read. */
export function readPorts(item: unknown): readonly FilePort[] | undefined {
  if (typeof item === "object" && item !== null) return readLong(mapOf(item));
  const short =
    /^(?:(\[[0-9a-f:.]+\]|[0-9]+(?:\.[0-9]+){3}):)?(?:([0-9-]*):)?([0-9]+(?:-[0-9]+)?)(?:\/(tcp|udp|sctp))?$/i;
  const [, ip = "", host = "", container, protocol = "tcp"] = short.exec(String(item)) ?? [];
  return container === undefined ? undefined : pair({ ip: ip.replace(/^\[|\]$/g, ""), host, container, protocol });
}

function readLong({ target, published = "", host_ip: ip = "", protocol = "tcp" }: ReturnType<typeof mapOf>) {
  return pair({ ip: String(ip), host: String(published), container: String(target), protocol: String(protocol) });
}

type Texts = { readonly ip: string; readonly host: string; readonly container: string; readonly protocol: string };

function pair({ ip, host, container, protocol }: Texts): readonly FilePort[] | undefined {
  const inside = rangeOf(container);
  const outside = host === "" ? [] : rangeOf(host);
  if (inside === undefined || outside === undefined || (ip !== "" && isIP(ip) === 0)) return undefined;
  if (protocol.toLowerCase() !== "tcp") return [];
  const isEach = outside.length === inside.length;
  if (!isEach && inside.length > 1 && outside.length > 0) return undefined;
  return inside.map((containerPort, at) => {
    return { containerPort, hostIp: ip === "" ? "0.0.0.0" : ip, hostPort: isEach ? outside[at] : undefined };
  });
}

function rangeOf(text: string): readonly number[] | undefined {
  const [, first, last = first] = /^([0-9]{1,5})(?:-([0-9]{1,5}))?$/.exec(text) ?? [];
  const [from, to] = [Number(first), Number(last)];
  const isRange = first !== undefined && from >= 1 && to <= 65535 && from <= to && to - from < most;
  return isRange ? Array.from({ length: to - from + 1 }, (_, at) => from + at) : undefined;
}
