import { frontOf, type Front } from "@fairway/contract";
import { frontOfSection, type FrontOf } from "../names.ts";
import { waitingServer } from "../waiting.ts";

/** What `show info` tells of a worker. */
export type WorkerInfo = {
  readonly pid: number;
  /** The `description` that its configuration gave it; empty: none. */
  readonly description: string;
  /** It takes no more connections. */
  readonly isStopping?: boolean;
  /** How many it has now; those of its sockets do not count. */
  readonly connections?: number;
};

/** Reads the answer to `show info`. Throws when it names no process. */
export function parseShowInfo(answer: string): WorkerInfo {
  const fields = new Map(answer.split("\n").map(splitAtColon));
  const pid = Number(fields.get("Pid"));
  if (!Number.isInteger(pid) || pid <= 0) throw new Error(`not an answer to show info: ${answer.slice(0, 80)}`);
  const isStopping = fields.get("Stopping") === "1";
  const connections = Number(fields.get("CurrConns") ?? Number.NaN);
  return {
    pid,
    description: fields.get("description") ?? "",
    ...(isStopping && { isStopping }),
    ...(Number.isInteger(connections) && { connections }),
  };
}

function splitAtColon(line: string): readonly [string, string] {
  const colon = line.indexOf(":");
  return [line.slice(0, colon).trim(), line.slice(colon + 1).trim()];
}

/** One session of a worker that goes to a server of ours. */
export type Session = {
  /** Names it in `shutdown session`. */
  readonly id: string;
  readonly listener: Front;
  readonly server: string;
};

/** Reads the answer to `show sess`: one session a line; sessions without a server of ours are left out. */
export function parseShowSess(answer: string, listenerOf: FrontOf = frontOfSection): readonly Session[] {
  return answer.split("\n").flatMap((line) => {
    const [, id, section, server] = /^(0x[0-9a-f]+): .* be=(\S+) srv=(\S+) /.exec(line) ?? [];
    if (id === undefined || section === undefined || server === undefined) return [];
    const listener = listenerOf(section);
    return listener === undefined || server === waitingServer ? [] : [{ id, listener, server }];
  });
}

/** How busy one server is, as `show stat` tells it. */
export type ServerLoad = { readonly listener: Front; readonly name: string; readonly sessions: number };

/** Reads counts by port out of `show table`. */
export function parseCounts(answer: string): ReadonlyMap<number, number> {
  const lines = answer.matchAll(/^0x[0-9a-f]+: key=([0-9]+) .*\bgpc0=([0-9]+)$/gm);
  return new Map([...lines].map(([, port, count]) => [Number(port), Number(count)]));
}

const serverType = "2";

/** Reads the servers of our listeners out of `show stat` (CSV). Throws when it is no such answer. */
export function parseShowStat(answer: string, listenerOf: FrontOf = frontOfSection): readonly ServerLoad[] {
  const columns = ["scur", "qcur"];
  return readServers(answer, { columns, listenerOf }, ({ listener, name, number }) => {
    return { listener, name, sessions: number("scur") + number("qcur") };
  });
}

/** What one server has done since its worker knows it, as `show stat` tells it. */
export type ServerFigures = {
  readonly listener: Front;
  readonly name: string;
  /** HAProxy's word: `UP`, `DOWN`, `MAINT`, `DRAIN`, `no check`, also with what follows it. */
  readonly status: string;
  readonly sessions: number;
  readonly current: number;
  /** Connections that wait for it. */
  readonly queued: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** Attempts to connect that failed. */
  readonly connectErrors: number;
  /** Mean time of the last 1,024 connections, ms. */
  readonly connectMs: number;
};

const figureColumns = ["status", "stot", "scur", "qcur", "bin", "bout", "econ", "ctime"];

/** Reads what each server has done out of `show stat` (CSV). Throws when it is no such answer. */
export function parseFigures(answer: string, listenerOf: FrontOf = frontOfSection): readonly ServerFigures[] {
  return readServers(answer, { columns: figureColumns, listenerOf }, ({ listener, name, text, number }) => ({
    listener,
    name,
    status: text("status"),
    sessions: number("stot"),
    current: number("scur"),
    queued: number("qcur"),
    bytesIn: number("bin"),
    bytesOut: number("bout"),
    connectErrors: number("econ"),
    connectMs: number("ctime"),
  }));
}

/** One server's line of `show stat`. */
type StatLine = {
  readonly listener: Front;
  readonly name: string;
  readonly text: (column: string) => string;
  readonly number: (column: string) => number;
};

type Wanted = { readonly columns: readonly string[]; readonly listenerOf: FrontOf };

function readServers<T>(answer: string, wanted: Wanted, read: (line: StatLine) => T): readonly T[] {
  const [header = "", ...lines] = answer.trim().split("\n");
  if (!header.startsWith("# pxname,svname,")) throw new Error(`not an answer to show stat: ${answer.slice(0, 80)}`);
  const columns = header.slice(2).split(",");
  const type = columns.indexOf("type");
  const places = new Map(wanted.columns.map((name) => [name, columns.indexOf(name)]));
  return lines.flatMap((line) => {
    const fields = line.split(",");
    const listener = wanted.listenerOf(fields[0] ?? "");
    if (listener === undefined || fields[type] !== serverType || fields[1] === waitingServer) return [];
    const text = (column: string) => fields[places.get(column) ?? -1] ?? "";
    return [read({ listener, name: fields[1] ?? "", text, number: (column) => Number(text(column)) })];
  });
}

/** How many connections a listener refused for a reason; with `source`: from there, of late. */
export type RefusedCount = {
  readonly listener: Front;
  readonly reason: string;
  readonly count: number;
  readonly source?: string;
  /** The worker that refused them, by a name of its own. */
  readonly worker?: string;
};

const refusedRow =
  /^0x[0-9a-f]+: key=([0-9]+)(?::(\S+))?\.([a-z]+)(?:\/([0-9a-f.:]+)|\.([0-9]+-[0-9]+))? .*\bgpc0=([0-9]+)/;

/** Reads `show table` of a table of what is refused; nothing where there is no such table. */
export function parseRefused(answer: string): readonly RefusedCount[] {
  return answer.split("\n").flatMap((line) => {
    const [, port, name, reason = "", source, worker = "", count] = refusedRow.exec(line) ?? [];
    if (port === undefined) return [];
    const counted = { listener: frontOf({ port: Number(port), name }), reason, count: Number(count) };
    return [source === undefined ? { ...counted, worker } : { ...counted, source }];
  });
}
