import type { LoggedConnection } from "@fairway/haproxy";

type Ended = Pick<LoggedConnection, "state" | "durationMs" | "idleMs">;

/** Whether IDLE ended it: for that long no byte came, from either side. A time-out before that is another one. */
export function isEndedByIdle({ state, durationMs, idleMs }: Ended): boolean {
  return /^[cs]D/.test(state) && idleMs !== undefined && durationMs >= idleMs;
}

/** Why it ended, in words (HAProxy's manual, 8.5 "Session state at disconnection"). */
export function endedIn(ended: Ended): string {
  if (isEndedByIdle(ended)) return `no byte came for ${timeText(ended.idleMs ?? 0)}, which IDLE allows`;
  const [cause = "", phase = ""] = ended.state;
  const words = causes.get(cause);
  if (words === undefined) return `HAProxy says ${ended.state}`;
  return (isEarly(phase) ? words[phase] : undefined) ?? words.else;
}

/** What it was at: before the client said anything, waiting for a server, waiting for it to accept. */
const early = ["R", "Q", "C"] as const;

type Early = (typeof early)[number];

/** Words for what it was at; `else`: anything else, or no words of its own. */
type Words = Readonly<Partial<Record<Early, string>>> & { readonly else: string };

function isEarly(phase: string): phase is Early {
  return early.some((each) => each === phase);
}

/** By the first letter, then the second. */
const causes: ReadonlyMap<string, Words> = new Map([
  ["-", { else: "both sides were done" }],
  [
    "C",
    {
      Q: "the client went away while it waited for a server",
      C: "the client went away before its server accepted",
      else: "the client broke it off",
    },
  ],
  [
    "S",
    {
      Q: "no server was up, or none had room",
      C: "its server did not accept",
      else: "its server broke it off",
    },
  ],
  ["P", { else: "HAProxy refused it by a rule" }],
  ["L", { else: "HAProxy itself answered it" }],
  ["R", { else: "HAProxy ran out of memory, ports or file descriptors" }],
  ["I", { else: "HAProxy ended it for a fault of its own" }],
  ["D", { else: "its server was found to be down" }],
  ["U", { else: "a server came back that goes before its own" }],
  ["K", { else: "its server has left, or an operator ended it" }],
  ["c", { R: "the client said nothing to begin with", else: "the client said nothing for too long" }],
  [
    "s",
    {
      Q: "no server had room in time",
      C: "its server did not accept in time",
      else: "its server said nothing for too long",
    },
  ],
]);

const units = [
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1000],
] as const;

function timeText(ms: number): string {
  const [unit, length] = units.find(([, each]) => ms >= each && ms % each === 0) ?? ["ms", 1];
  return `${ms / length} ${unit}`;
}
