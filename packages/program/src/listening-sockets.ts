import { isIPv6 } from "node:net";
import { isSameIp, plainIp } from "@fairway/contract";

/** A socket of this network namespace that listens for TCP connections; `0.0.0.0` and `::` are every address. */
export type ListeningSocket = { readonly address: string; readonly port: number; readonly inode: string };

/** A local address to listen on: `0.0.0.0`, `::` (IPv6 alone) or one address. */
export type BindAddress = { readonly address: string; readonly port: number };

const listenState = "0A";

/** Reads the listening sockets of /proc/net/tcp or tcp6. */
export function parseProcNetTcp(text: string): readonly ListeningSocket[] {
  // Most lines are connections, of which there may be very many.
  const lines = text.split("\n").filter((line) => line.includes(` ${listenState} `));
  return lines.flatMap((line) => {
    const fields = line.trim().split(/\s+/);
    const [local = "", state, inode] = [fields[1], fields[3], fields[9]];
    if (state !== listenState || inode === undefined) return [];
    return [{ ...endOf(local), inode }];
  });
}

/** The far ends of connections that keep others from listening on an address, in the text of /proc/net/tcp or tcp6. */
export function tcpPeersOf(text: string, wanted: BindAddress): readonly string[] {
  const hex = `:${wanted.port.toString(16).toUpperCase().padStart(4, "0")}`;
  const lines = text.split("\n").map((line) => line.trim().split(/\s+/));
  return lines.flatMap(([, local = "", remote = "", state]) => {
    if (!local.endsWith(hex) || state === listenState || !isInTheWay(plainEnd(local), wanted)) return [];
    const peer = plainEnd(remote);
    return [`${isIPv6(peer.address) ? `[${peer.address}]` : peer.address}:${peer.port}`];
  });
}

/** IPv4 as such, also where a socket for IPv6 has it. */
function plainEnd(text: string): BindAddress {
  const { address, port } = endOf(text);
  return { address: plainIp(address), port };
}

function endOf(text: string): BindAddress {
  const [address = "", port = ""] = text.split(":");
  return { address: addressOf(address), port: Number.parseInt(port, 16) };
}

/** The kernel prints addresses as 32-bit words, each in the order of the machine: little-endian. */
function addressOf(hex: string): string {
  const bytes = [...hex.toLowerCase().matchAll(/../g)].map(([byte]) => byte);
  const ordered = bytes.map((_, index) => bytes[index - (index % 4) + 3 - (index % 4)] ?? "00");
  if (bytes.length === 4) return ordered.map((byte) => Number.parseInt(byte, 16)).join(".");
  const groups = ordered.join("").match(/.{4}/g) ?? [];
  return groups.every((group) => group === "0000") ? "::" : groups.join(":");
}

/** True for a socket that keeps others from listening on an address: on the same one, or every address on one side. */
export function isInTheWay(socket: BindAddress, wanted: BindAddress): boolean {
  if (socket.port !== wanted.port) return false;
  if (socket.address === "::" || isSameIp(socket.address, wanted.address)) return true;
  if (isIPv6(socket.address) !== isIPv6(wanted.address)) return false;
  return everyAddress.includes(socket.address) || everyAddress.includes(wanted.address);
}

const everyAddress: readonly string[] = ["0.0.0.0", "::"];
