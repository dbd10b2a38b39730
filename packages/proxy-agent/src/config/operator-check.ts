import { rm } from "node:fs/promises";
import { join } from "node:path";
import { exitCode, type Log, ProgramExit } from "@fairway/program";
import {
  checkConfig,
  render,
  type ConfigProblem,
  type Listener,
  type Origin,
  type Sections,
  type Server,
} from "@fairway/haproxy";
import { writeAnew } from "../files/atomic-write.ts";
import { hideSecrets } from "./haproxy-words.ts";
import { renderOptions } from "./line-origins.ts";
import { listenerSettings, type Desired, type ListenerFacts } from "../desired/desired.ts";
import { withOperatorText, type OperatorText } from "./operator-text.ts";

/** What there is to choose from. */
export type OperatorChoice = {
  readonly facts: ListenerFacts;
  readonly sections: Sections;
  /** What HAProxy accepted of an earlier agent. */
  readonly accepted: OperatorText | undefined;
  /** True when a HAProxy of ours runs: it goes on. */
  readonly isRunning: boolean;
  readonly check: OperatorCheck;
  readonly log: Log;
};

/** The operator's text to go on with; `refusal` says what HAProxy has against the settings of now. */
export type ChosenText = {
  readonly facts: ListenerFacts;
  readonly sections: Sections;
  readonly refusal: string | undefined;
};

/**
 * Has HAProxy judge the operator's text. Refused: throws ProgramExit naming the variable when nothing of ours runs yet;
 * else what was accepted before stays in force, and endpoints are followed with it.
 */
export async function chooseOperatorText(choice: OperatorChoice): Promise<ChosenText> {
  const { facts, sections, accepted, isRunning, check, log } = choice;
  try {
    await checkOperatorText(operatorSample(facts, sections), check);
    return { facts, sections, refusal: undefined };
  } catch (error) {
    if (!(error instanceof ProgramExit) || !isRunning || accepted === undefined) throw error;
    log.error({ problems: error.lines }, "settings refused by haproxy, the accepted ones stay in force");
    const refusal = `HAProxy refuses the settings, those accepted before stay in force: ${error.lines.join("; ")}`;
    return { facts: withOperatorText(facts, accepted), sections: accepted.sections, refusal };
  }
}

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
async function checkOperatorText(sample: Desired, check: OperatorCheck): Promise<void> {
  const { bin, env, stateDir, template, signal } = check;
  const rendered = render(sample, renderOptions(template));
  const file = join(stateDir, "haproxy.cfg.operator");
  await writeAnew(file, rendered.text);
  try {
    const outcome = await checkConfig({ bin, env, file, signal });
    if (outcome.ok) return;
    const lines = outcome.problems.map((problem) => problemLine(hideSecrets(problem, rendered), rendered.origins));
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

/** A documentation address (RFC 5737): nothing is sent to it, the configuration is only judged. */
const sampleIp = "192.0.2.1";

/**
 * A configuration that carries all of the operator's text: a listener for each port of EXTRA_BIND_SETTINGS, and a
 * server. What HAProxy refuses of it is the operator's, before any container is known.
 */
function operatorSample(facts: ListenerFacts, sections: Sections): Desired {
  const ports = facts.bindOptions.size > 0 ? [...facts.bindOptions.keys()] : [1];
  const listeners = ports.sort((a, b) => a - b).map((port) => sampleListener(port, facts));
  return { sections, listeners };
}

function sampleListener(port: number, facts: ListenerFacts): Listener {
  const server: Server = {
    name: "sample",
    ip: sampleIp,
    port: 1,
    admin: "ready",
    options: [...facts.checkOptions, ...facts.serverOptions],
    endpoint: "",
  };
  return { port, ssl: false, services: [], settings: listenerSettings(port, facts), servers: [server] };
}
