import type { HealthCheck } from "@fairway/contract";
import { loginLines, ownLine, peerName, roleQuestion, waitingLine, type Line, type Listener } from "@fairway/haproxy";
import type { ListenerFacts } from "./desired.ts";

/** What a listener has for the roles of its servers. */
export type RoleSettings = { readonly lines: readonly Line[]; readonly mostWaiting?: number };

/** What of a proxy it depends on. */
type RoleFacts = Pick<ListenerFacts, "failoverWaitMs" | "maxconn" | "checks">;

/** How long one try at a server may take: a try that is refused is followed by the next after this. */
const tryMs = 200;

/**
 * The lines of a listener whose servers are checked by role, made from those of its settings; of any other just those.
 * While none has the role connections wait, FAILOVER_WAIT at most: HAProxy sends them to a server that refuses them, and
 * tries again. Of two primaries the one that is used goes on being used. The same object until something changes.
 */
export class RoleLines {
  #made: { readonly from: readonly Line[]; readonly check: string; readonly settings: RoleSettings } | undefined;

  of(from: readonly Line[], check: HealthCheck | undefined, facts: RoleFacts): RoleSettings {
    if (check?.role === undefined && check?.login === undefined) return { lines: from };
    if (this.#made?.from === from && this.#made.check === check.name) return this.#made.settings;
    const all = withLogin(from, check, facts.checks);
    const settings = check.role === undefined ? { lines: all } : withRole(all, check.role, facts);
    const asked = { ...settings, lines: withOrigin(settings.lines, new Set(from)) };
    this.#made = { from, check: check.name, settings: asked };
    return asked;
  }
}

/** A check with what it needs to log in, or to know a role that HAProxy cannot find by itself. */
function withLogin(
  from: readonly Line[],
  { role, login }: Pick<HealthCheck, "role" | "login">,
  { logins, rolesSocket }: RoleFacts["checks"],
): readonly Line[] {
  const begun = (lines: readonly Line[]) =>
    from.flatMap((line) => (line.text === firstLine ? [line, ...lines] : [line]));
  if (login === "redis") return logins === undefined ? from : begun(loginLines(logins));
  if (login === undefined || role === undefined) return from;
  const asked = begun([ownLine("tcp-check connect")]);
  const end = asked.findLastIndex(({ text }) => text.startsWith("tcp-check ")) + 1;
  return [...asked.slice(0, end), ...roleQuestion(role, rolesSocket), ...asked.slice(end)];
}

const firstLine = "option tcp-check";

/** What follows from a check is of who asked for it, but for these: HAProxy refuses it with the check, and not without. */
function withOrigin(lines: readonly Line[], asked: ReadonlySet<Line>): readonly Line[] {
  const check = lines.find(({ text }) => text === firstLine);
  return check === undefined ? lines : lines.map((line) => (asked.has(line) ? line : { ...line, from: check.from }));
}

/** What HAProxy takes once in a section, or would make of a try something else. */
const ownKeywords = /^(retries|option redispatch|stick-table|stick on)( |$)/;

const oneForAll = "stick on int(1)";

/** True for a listener where one server serves alone, whoever asks. */
export function isForOne({ settings }: Pick<Listener, "settings">): boolean {
  return settings.lines?.some(({ text }) => text === oneForAll) ?? false;
}

function withRole(from: readonly Line[], role: NonNullable<HealthCheck["role"]>, facts: RoleFacts): RoleSettings {
  const { failoverWaitMs, maxconn } = facts;
  const one = role === "primary" ? [`stick-table type integer size 2 peers ${peerName}`, oneForAll].map(ownLine) : [];
  const others = from.filter(({ text }) => !ownKeywords.test(text));
  if (failoverWaitMs === 0) return { lines: [...others, ...one] };
  const connect = others.find(({ text }) => text.startsWith("timeout connect "));
  const tries = Math.max(1, Math.ceil(failoverWaitMs / (connect ? millisecondsIn(connect.text) : tryMs)));
  const waiting = [
    ...(connect ? [] : [`timeout connect ${tryMs}ms`]),
    `retries ${tries}`,
    // A try at another server each time: the one that comes up is found.
    "option redispatch 1",
  ];
  return { lines: [...others, ...one, ...waiting.map(ownLine), waitingLine], mostWaiting: Math.floor(maxconn / 2) };
}

const unitsMs: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A time in HAProxy's words: without a unit milliseconds. A refused try takes a second at most. */
function millisecondsIn(text: string): number {
  const [, count = "", unit = "ms"] = /([0-9]+)(us|ms|s|m|h|d)?$/.exec(text) ?? [];
  return Math.max(1, Math.min(1000, Number(count) * (unitsMs[unit] ?? 1)));
}
