import { readFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { byRevision } from "@fairway/contract";
import type { Sections } from "@fairway/haproxy";
import type { WantedBinds } from "./binds.ts";
import type { ListenerRefusal } from "./port-judge.ts";

/** What decides who is left out when there are not enough file descriptors. */
export type RoomFacts = {
  /** How many sockets there may be for listening and for checks. */
  readonly room: number;
  readonly isBound: (wanted: WantedBinds) => boolean;
  /** Lower is older; undefined: the youngest. */
  readonly ageOf: (port: number) => bigint | undefined;
};

/** Those for which there is no file descriptor: what is bound stays, then the older comes first. The stats page stays. */
export function beyondRoom(
  all: readonly WantedBinds[],
  { room, isBound, ageOf }: RoomFacts,
): readonly { readonly wanted: WantedBinds; readonly refusal: ListenerRefusal }[] {
  const count = all.reduce((sum, { sockets }) => sum + sockets, 0);
  if (count <= room) return [];
  const ranked = all.map((wanted) => {
    const rank = wanted.page !== undefined || isBound(wanted) ? 0 : 1;
    return { wanted, rank, age: ageOf(wanted.listener) };
  });
  ranked.sort((a, b) => a.rank - b.rank || byRevision(a.age, b.age) || a.wanted.listener - b.wanted.listener);
  let left = room;
  return ranked.flatMap(({ wanted, rank }) => {
    left -= wanted.sockets;
    return left >= 0 || rank === 0 ? [] : [{ wanted, refusal: refuse(wanted, room) }];
  });
}

function refuse({ listener }: WantedBinds, room: number): ListenerRefusal {
  const reason = `HAProxy has file descriptors for ${room} listening addresses and checks, and older listeners need them: raise its limit (LimitNOFILE, --ulimit nofile) or lower MAXCONN`;
  return { listener, code: "too-many-listeners", reason };
}

/** What HAProxy needs for itself. (seen: 28 with two threads, 2.6) */
const ownSockets = 64 + 4 * availableParallelism();

/**
 * How many sockets HAProxy may have for listening and for checks with these settings, of `limit`: it takes two for each
 * connection. Infinity where there are too few for its connections alone: it says so best itself.
 */
export function roomFor(sections: Sections, limit: number): number {
  const room = limit - 2 * maxconnIn(sections) - ownSockets;
  return room > 0 ? room : Infinity;
}

function maxconnIn({ global }: Sections): number {
  return Number(
    global.map(({ text }) => /^\s*maxconn (\d+)/.exec(text)?.[1]).find((found) => found !== undefined) ?? 0,
  );
}

/** Bit of CAP_SYS_RESOURCE, which lets a program raise its own limit. */
const sysResource = 1n << 24n;

/** How many file descriptors a process may have, and a HAProxy that it starts; Infinity where that cannot be read. */
export async function descriptorLimit(pid: number | "self"): Promise<number> {
  const files = [`/proc/${pid}/status`, `/proc/${pid}/limits`, "/proc/sys/fs/nr_open"];
  const [status = "", limits = "", most] = await Promise.all(
    files.map((file) => readFile(file, "utf8").catch(() => undefined)),
  );
  const capabilities = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? "0"}`);
  if ((capabilities & sysResource) !== 0n) return Number(most) || Infinity;
  return Number(/^Max open files\s+\S+\s+(\d+)/m.exec(limits)?.[1] ?? Infinity);
}

/** The limit that HAProxy names where it could not have as many file descriptors as it needs. */
export function limitIn(problems: readonly { readonly message: string }[]): number | undefined {
  const found = problems.map(({ message }) => /Cannot raise FD limit to \d+, limit is (\d+)/.exec(message)?.[1]);
  const limit = found.find((each) => each !== undefined);
  return limit === undefined ? undefined : Number(limit);
}
