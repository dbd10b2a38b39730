import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { exitCode, ProgramExit } from "@fairway/program";
import type { Desired } from "../desired/desired.ts";
import type { Origin } from "@fairway/haproxy";
import { checkConfig } from "@fairway/haproxy";
import type { ConfigProblem } from "@fairway/haproxy";
import { render } from "@fairway/haproxy";

/** What {@link checkOperatorText} works with. */
export type OperatorCheck = {
  readonly bin: string;
  readonly env: NodeJS.ProcessEnv;
  readonly stateDir: string;
  readonly template: string;
  readonly signal: AbortSignal;
};

/**
 * Lets HAProxy judge the operator's text before anything of ours runs. Throws ProgramExit naming each variable that
 * HAProxy refuses, with its words.
 */
export async function checkOperatorText(sample: Desired, check: OperatorCheck): Promise<void> {
  const { text, origins } = render(sample, check.template);
  const file = join(check.stateDir, "haproxy.cfg.operator");
  await writeFile(file, text, { mode: 0o600 });
  try {
    const outcome = await checkConfig({ ...check, file });
    if (outcome.ok) return;
    const lines = outcome.problems.map((problem) => problemLine(problem, origins));
    throw new ProgramExit(exitCode.setting, [...new Set(lines)]);
  } finally {
    await rm(file, { force: true });
  }
}

/** A complaint of HAProxy as a line for the operator: the variable whose text it is about, then HAProxy's words. */
function problemLine({ line, message }: ConfigProblem, origins: ReadonlyMap<number, Origin>): string {
  const settings = line === undefined ? [] : (origins.get(line)?.settings ?? []);
  return settings.length === 0
    ? `HAProxy refuses the configuration: ${message}`
    : `${settings.join(" or ")}: ${message}`;
}
