import type { Line, Server } from "./configuration.ts";

/** A line of our own. */
export function ownLine(text: string): Line {
  return { text, from: { services: [], settings: [] } };
}

/** A line that carries text of a setting. */
export function settingLine(setting: string, text: string): Line {
  return { text, from: { services: [], settings: [setting] } };
}

/**
 * Text as one word of haproxy.cfg, whatever it holds: every byte that is not plainly safe is written as `\xHH`
 * (HAProxy's manual, 2.2 "Quoting and escaping").
 */
export function quotedWord(text: string): string {
  return [...Buffer.from(text)].map(quotedByte).join("");
}

function quotedByte(byte: number): string {
  const char = String.fromCharCode(byte);
  return /[A-Za-z0-9_./:@+=-]/.test(char) ? char : `\\x${byte.toString(16).padStart(2, "0")}`;
}

/** `address:port` of a `bind` line; an IPv6 wildcard leaves IPv4 to its own line. */
export function bindText(address: string, port: number): string {
  if (address === "::") return `bind [::]:${port} v6only`;
  return address.includes(":") ? `bind [${address}]:${port}` : `bind ${address}:${port}`;
}

/** A `server` line. A drained server has weight 0 and not `disabled`, which would be maint: established connections stay. */
export function serverLine({ name, admin, ...server }: Server): string {
  return ["server", name, ...serverWords(server), ...(admin === "drain" ? ["weight 0"] : [])].join(" ");
}

/** A server's address and what follows it, the same in the file and in `add server`. */
export function serverWords({
  ip,
  port,
  id,
  options,
}: Pick<Server, "ip" | "port" | "id" | "options">): readonly string[] {
  const address = ip.includes(":") ? `[${ip}]:${port}` : `${ip}:${port}`;
  return [address, ...(id === undefined ? [] : ["id", String(id)]), ...options];
}
