import { frontOf, isServerName, type Front } from "@fairway/contract";
import type { Line } from "./configuration.ts";
import { ownLine } from "./lines.ts";
import { frontOfSection, ownSection, portOfFrontend } from "./names.ts";
import { kindOfSpare } from "./spares.ts";
import { waitingServer } from "./waiting.ts";

/** One connection to a listener, as HAProxy logs it when it ends. */
export type LoggedConnection = {
  /** The worker that had it. */
  readonly pid: number;
  /** How many connections of this frontend that worker had logged before. */
  readonly number: number;
  /** Of a listener, or what opens there what names on its port ask for. */
  readonly frontend: string;
  /** A front port, or the name on it that was asked for. */
  readonly listener: Front;
  /** HAProxy opens it and logs it once more, with the name that it is for. */
  readonly isPassedOn: boolean;
  readonly client: { readonly ip: string; readonly port: number };
  /** The name of its server; undefined: it had none. */
  readonly server: string | undefined;
  /** Bytes that the client sent. */
  readonly receivedBytes: number;
  /** Bytes that its server sent. */
  readonly sentBytes: number;
  /** How long it waited for a server, and for that to accept; undefined: it came not that far. */
  readonly queueMs: number | undefined;
  readonly connectMs: number | undefined;
  readonly durationMs: number;
  /** HAProxy's two letters for how it ended (manual, 8.5). */
  readonly state: string;
  /** When it was accepted, ms since 1970. */
  readonly startMs: number;
  /** After how long without a byte this listener ends a connection; undefined: nothing of its own says so. */
  readonly idleMs: number | undefined;
};

/** The ring in each worker's memory in which its last connections stand, for whoever asks for them. */
const ringName = "fairway";
/** Of one line, in bytes. What is asked for stands first; what does not fit is cut off at the end. */
const longestLine = 512;
/** Some 12,000 lines: what a worker holds while nobody reads, or until somebody reads again. */
const ringBytes = 4 * 1024 * 1024;

const mark = "[fairway@0 c=";
const fields = "%pid %lc %ci %cp %f %b %s %U %B %Tw %Tc %Tt %ts %Ts %ms %[var(sess.route)]";

/** Lines of `global`: connections are logged into the ring, whatever else they are logged to. */
export const connectionLogTarget: readonly Line[] = [
  ownLine(`log ring@${ringName} len ${longestLine} format rfc5424 local1 info`),
];

/** A line of `defaults`. It stands apart from `log-format`, which people choose for their own targets. */
export const connectionLogFormat: Line = formatLine("%[var(sess.idle)]");

/** The section of the ring. */
export const connectionLogRing: readonly Line[] = [
  ownLine(`ring ${ringName}`),
  ownLine('    description "connections, for the agent"'),
  ownLine("    format rfc5424"),
  ownLine(`    maxlen ${longestLine}`),
  ownLine(`    size ${ringBytes}`),
  ownLine(""),
];

/**
 * Lines that follow those of a listener which bounds the time without a byte: what it logs has that time, so that it is
 * known of a worker that goes by an earlier one. A client that said nothing is logged too.
 */
export function idleLogLines(lines: readonly Line[]): readonly Line[] {
  const idle = idleIn(lines);
  return idle === undefined ? [] : [formatLine(idle), ownLine("no option dontlognull")];
}

/** The same for a name on a port, whose frontend logs. */
export function idleNameLines(lines: readonly Line[]): readonly Line[] {
  const idle = idleIn(lines);
  return idle === undefined ? [] : [ownLine(`tcp-request content set-var(sess.idle) str(${idle})`)];
}

function idleIn(lines: readonly Line[]): string | undefined {
  return lines.flatMap(({ text }) => /^timeout tunnel ([0-9]+(?:us|ms|s|m|h|d)?)$/.exec(text)?.[1] ?? []).at(-1);
}

function formatLine(idle: string): Line {
  return ownLine(`log-format-sd "${mark}\\"${fields} ${idle}\\"]"`);
}

/** Shows what is in the ring, and what comes to it from then on. */
export const followRing = `show events ${ringName} -w`;

/** Reads a line of the ring; undefined: it is not about a connection to a listener. */
export function parseConnection(line: string): LoggedConnection | undefined {
  const start = line.indexOf(mark);
  if (start < 0) return undefined;
  const from = start + mark.length + 1;
  const words = line.slice(from, line.indexOf('"', from)).split(" ");
  const [pid, number, ip = "", port, frontend = "", section = "", server = "", received, sent] = words;
  const [queue, connect, duration, state = "", seconds, millis, route = "", idle = ""] = words.slice(9);
  const frontPort = portOfFrontend(frontend);
  const numbers = [pid, number, port, received, sent, queue, connect, duration, seconds, millis].map(Number);
  if (words.length !== 17 || frontPort === undefined || !numbers.every(Number.isInteger)) return undefined;
  return {
    pid: Number(pid),
    number: Number(number),
    frontend,
    listener: frontOfSection(section) ?? frontOfRoute(frontPort, kindOfSpare(section) === undefined ? "-" : route),
    isPassedOn: ownSection(frontPort, "opened") === section,
    client: { ip, port: Number(port) },
    server: server === "<NOSRV>" || server === waitingServer ? undefined : server,
    receivedBytes: Number(received),
    sentBytes: Number(sent),
    queueMs: reached(Number(queue)),
    connectMs: reached(Number(connect)),
    durationMs: Number(duration),
    state,
    startMs: Number(seconds) * 1000 + Number(millis),
    idleMs: readTime(idle),
  };
}

/** Whose a spare backend was: it may be another name's by now. */
function frontOfRoute(port: number, name: string): Front {
  return isServerName(name) ? frontOf({ port, name }) : port;
}

/** HAProxy says -1 of what did not happen. */
function reached(ms: number): number | undefined {
  return ms < 0 ? undefined : ms;
}

const units: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A time as HAProxy writes it, in ms; undefined: none. */
function readTime(text: string): number | undefined {
  const [, count, unit = "ms"] = /^([0-9]+)([a-z]+)?$/.exec(text) ?? [];
  return count === undefined ? undefined : Number(count) * (units[unit] ?? 1);
}
