import { rm } from "node:fs/promises";
import { join } from "node:path";
import { awaitFiles, exitCode, type FilePaths, type Log, missingFiles, ProgramExit } from "@fairway/program";
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
import { hideSecrets, missingPath } from "./haproxy-complaints.ts";
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
 * else what was accepted before stays in force, and endpoints are followed with it. Waits for files that it names and
 * that are not there yet, as those that are mounted late, where there is nothing to go on with.
 */
export async function chooseOperatorText(choice: OperatorChoice): Promise<ChosenText> {
  const { facts, sections, accepted, isRunning, check, log } = choice;
  for (;;) {
    const refused = await checkOperatorText(operatorSample(facts, sections), check);
    if (refused === undefined) return { facts, sections, refusal: undefined };
    const { lines, late } = refused;
    if (isRunning && accepted !== undefined) {
      log.error({ problems: lines }, "settings refused by haproxy, the accepted ones stay in force");
      const refusal = `HAProxy refuses the settings, those accepted before stay in force: ${lines.join("; ")}`;
      return { facts: withOperatorText(facts, accepted), sections: accepted.sections, refusal };
    }
    if (late === undefined) throw new ProgramExit(exitCode.setting, lines);
    await awaitFiles(late, log, check.signal);
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

/** What HAProxy has against the operator's text. */
type RefusedText = {
  /** A line for each complaint, naming its variable. */
  readonly lines: readonly string[];
  /** The files that are all that is missing, by variable; undefined: there is more to it. */
  readonly late: FilePaths | undefined;
};

/** Lets HAProxy judge the operator's text before anything of ours runs. Undefined: it accepts it. */
export async function checkOperatorText(sample: Desired, check: OperatorCheck): Promise<RefusedText | undefined> {
  const { bin, env, stateDir, template, signal } = check;
  const rendered = render(sample, renderOptions(template));
  const file = join(stateDir, "haproxy.cfg.operator");
  await writeAnew(file, rendered.text);
  try {
    const outcome = await checkConfig({ bin, env, file, signal });
    if (outcome.ok) return undefined;
    const { problems } = outcome;
    const lines = problems.map((problem) => problemLine(hideSecrets(problem, rendered), rendered.origins));
    return { lines: [...new Set(lines)], late: await lateFilesIn(problems, rendered.origins) };
  } finally {
    await rm(file, { force: true });
  }
}

type Origins = ReadonlyMap<number, Origin>;

async function lateFilesIn(problems: readonly ConfigProblem[], origins: Origins): Promise<FilePaths | undefined> {
  const named = problems.map(({ line, message }) => [settingsAt(line, origins).join(" or "), missingPath(message)]);
  const files: FilePaths = Object.fromEntries(named.filter(([setting]) => setting !== ""));
  const isLate = named.every(([, path]) => path !== undefined) && (await missingFiles(files)).length > 0;
  return isLate ? files : undefined;
}

/** A complaint of HAProxy as a line for the operator: the variable whose text it is about, then HAProxy's words. */
function problemLine({ line, message }: ConfigProblem, origins: Origins): string {
  const settings = settingsAt(line, origins);
  return settings.length === 0
    ? `HAProxy refuses the configuration: ${message}`
    : `${settings.join(" or ")}: ${message}`;
}

function settingsAt(line: number | undefined, origins: Origins): readonly string[] {
  return line === undefined ? [] : (origins.get(line)?.settings ?? []);
}

/** A documentation address (RFC 5737): nothing is sent to it, the configuration is only judged. */
const sampleIp = "192.0.2.1";

/**
 * A configuration that carries all of the operator's text: a listener for each port of EXTRA_BIND_SETTINGS, and a
 * server. What HAProxy refuses of it is the operator's, before any container is known.
 */
export function operatorSample(facts: ListenerFacts, sections: Sections): Desired {
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
  return { port, ssl: false, services: [], settings: listenerSettings({ port, ssl: false }, facts), servers: [server] };
}
