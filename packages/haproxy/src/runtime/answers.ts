/** What HAProxy's answer to a runtime command means. */
export type AnswerKind =
  /** Done as asked. */
  | "done"
  /** `add server`: it has a server of that name. */
  | "exists"
  /** There is no such server, or no such listener. */
  | "missing"
  /** `del server`: connections last, or something refers to it; later. */
  | "busy"
  /** `del server`: it is not in maintenance. */
  | "not-in-maintenance"
  /** The answering worker is an old one. */
  | "old-worker"
  /** Anything else: this HAProxy does not do it at run time. */
  | "refused";

const patterns: readonly (readonly [AnswerKind, RegExp])[] = [
  ["done", /^$|^New server registered\.|^Server deleted\.|^No change|^no change/],
  ["exists", /Already exists/i],
  ["missing", /No such (server|backend|proxy)|Require 'backend\/server'|Can't find backend|doesn't exist/i],
  ["busy", /still has connections|connections attached|currently in use|is still referenced|being tracked/i],
  ["not-in-maintenance", /Only servers in maintenance mode/i],
  ["old-worker", /^Proxy is (disabled|stopped)/i],
];

/**
 * Classifies the answer to `add server`, `del server`, `set server`, `enable health` and `shutdown sessions`, in the
 * words of HAProxy 2.6 to 3.x. What it does not know is `refused`: nothing unknown passes for done.
 */
export function answerKind(answer: string): AnswerKind {
  const text = answer.trim();
  return patterns.find(([, pattern]) => pattern.test(text))?.[0] ?? "refused";
}

/** The first line of an answer, as a reason tells it. */
export function answerText(answer: string): string {
  return answer.trim().split("\n", 1)[0]?.trim() || "no answer";
}

/** What HAProxy made of one change. */
export type CommandAnswer = {
  readonly kind: AnswerKind;
  /** What it answered, and to which command. */
  readonly reason: string;
};

/** What HAProxy made of a batch of changes; not `ok`: one cannot be written as a command, and nothing was sent. */
export type ChangeOutcome =
  | { readonly ok: true; readonly answers: readonly CommandAnswer[]; readonly sent: number }
  | { readonly ok: false; readonly reason: string };

/** What became of a change by the answers to its lines: the first that is not "done" decides. */
export function answerOf(lines: readonly string[], texts: readonly string[]): CommandAnswer {
  const kinds = texts.map(answerKind);
  const failed = kinds.findIndex((kind) => kind !== "done");
  if (failed < 0) return { kind: "done", reason: "" };
  // Without the server's options: words of the operator's may be secrets, and reasons are shown.
  const [line = ""] = /^(\S+ ){0,2}\S+/.exec(lines[failed] ?? "") ?? [];
  const reason = `HAProxy answered "${answerText(texts[failed] ?? "")}" to "${line}"`;
  return { kind: kinds[failed] ?? "refused", reason };
}
