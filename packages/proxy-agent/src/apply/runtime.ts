import { answerKind, answerText, type AnswerKind } from "@fairway/haproxy";
import type { Haproxy } from "@fairway/haproxy";
import type { ServerCommand } from "@fairway/haproxy";
import type { Running } from "../plan/running.ts";
import { isArrival, rampedWeight } from "./ramps.ts";
import { commandLines, ownWeight } from "@fairway/haproxy";

/** How a batch of changes went. Not `ok`: some may be done and some not; `reason` says what HAProxy would not do. */
export type RuntimeOutcome =
  { readonly ok: true; readonly sent: number } | { readonly ok: false; readonly reason: string };

/** What {@link runCommands} is asked: changes of what runs. A server that arrives begins with the weight of a ramp. */
export type RuntimeQuestion = {
  readonly running: Running;
  readonly commands: readonly ServerCommand[];
  readonly slowStartMs: number;
};

/** Carries out changes of servers over one connection. Rejects when HAProxy does not answer. */
export async function runCommands(haproxy: Haproxy, { commands, ...facts }: RuntimeQuestion): Promise<RuntimeOutcome> {
  const planned = commands.map((command) => ({ command, written: commandLines(command, firstWeight(facts, command)) }));
  const sent: { command: ServerCommand; line: string }[] = [];
  for (const { command, written } of planned) {
    if (!written.ok) return { ok: false, reason: written.reason };
    sent.push(...written.lines.map((line) => ({ command, line })));
  }
  const answers = await haproxy.ask(sent.map(({ line }) => line));
  const failed = sent.findIndex(({ command }, index) => !isDone(command, answerKind(answers[index] ?? "")));
  if (failed < 0) return { ok: true, sent: sent.length };
  const { line = "" } = sent[failed] ?? {};
  return { ok: false, reason: `HAProxy answered "${answerText(answers[failed] ?? "")}" to "${line}"` };
}

/** A server that is to leave and is not there has left. */
function isDone(command: ServerCommand, kind: AnswerKind): boolean {
  return kind === "done" || (kind === "missing" && (command.do === "maint" || command.do === "delete"));
}

function firstWeight(
  { running, slowStartMs }: Pick<RuntimeQuestion, "running" | "slowStartMs">,
  command: ServerCommand,
): number {
  const own = ownWeight("server" in command ? command.server.options : []);
  return slowStartMs > 0 && isArrival(running, command) ? rampedWeight(own, 0, slowStartMs) : own;
}
