import { ordinaryProxies, shown } from "@fairway/contract";
import { exitCode, type Options, ProgramExit } from "@fairway/program";
import { claimsAt, type RegistryClient, releaseClaim, type StandingClaim } from "@fairway/registry";
import { holderText, portText, withRegistry } from "./claims.ts";

/** A front port as it is given on the command line. */
type Asked = { readonly port: number | undefined; readonly balancer: string | undefined };

/** What is to be released. */
export type ReleaseQuestion = Asked & {
  readonly project: string | undefined;
  readonly isForced: boolean;
  /** Whatever nothing asks for, of one port or of all. */
  readonly isUnused: boolean;
};

/**
 * Ends the claim to a front port at once: `<port>`, `<port>@<balancer>`. Refused while its holder asks for the port,
 * except with `--force`. Throws ProgramExit with what to do next when nothing can be released.
 */
export async function release(
  env: NodeJS.ProcessEnv,
  _signal: AbortSignal,
  given: GivenPort,
): Promise<readonly string[]> {
  const question = readReleaseQuestion(given);
  return withRegistry(env, (client) => releaseAsked(client, question));
}

type GivenPort = { readonly argument?: string | undefined; readonly options: Options };

/** Reads what is to be released from the command line. Throws ProgramExit with what to write instead. */
export function readReleaseQuestion({ argument, options }: GivenPort): ReleaseQuestion {
  const isUnused = options["unused"] === true;
  const project = typeof options["project"] === "string" ? options["project"] : undefined;
  const question = { ...readPort(argument, isUnused), project, isForced: options["force"] === true, isUnused };
  if (isUnused && question.isForced) throw refusal(exitCode.setting, "--unused and --force do not go together");
  return question;
}

/** Releases what is asked for, and tells each; rejects with ProgramExit when that is nothing. */
export async function releaseAsked(client: RegistryClient, question: ReleaseQuestion): Promise<readonly string[]> {
  for (let tried = 1; ; tried += 1) {
    const answer = await releaseNow(client, question);
    // Its registrar may write the claim in the same moment, to end it for instance.
    if (answer !== "changed") return answer;
    if (tried === mostTries) throw refusal(exitCode.environment, "the claim changes all the time: try again");
  }
}

const mostTries = 5;

async function releaseNow(client: RegistryClient, question: ReleaseQuestion): Promise<readonly string[] | "changed"> {
  const all = await claimsAt(client, question);
  const found = all.filter(({ claim }) => question.project === undefined || isOf(question.project, claim));
  if (question.isUnused) return releaseUnused(client, found);
  const [only, ...more] = found;
  if (only === undefined) throw refusal(exitCode.environment, whatIsThere(all, question));
  if (more.length > 0) {
    const holders = found.map(({ claim }) => holderText(claim)).join(", ");
    throw refusal(exitCode.setting, `${portText(only.claim)} is claimed by ${holders}: say whose with --project`);
  }
  const outcome = await releaseClaim(client, only, question.isForced);
  const text = `${portText(only.claim)} of ${holderText(only.claim)}`;
  if (outcome === "released") return [`released ${text}`];
  if (outcome === "changed") return "changed";
  throw refusal(
    exitCode.environment,
    `${text} is in use: stop its containers, or give it up all the same with --force; if they go on, their next claim is the youngest`,
  );
}

async function releaseUnused(client: RegistryClient, claims: readonly StandingClaim[]): Promise<readonly string[]> {
  const lines: string[] = [];
  for (const each of claims) {
    const outcome = await releaseClaim(client, each, false);
    if (outcome === "released") lines.push(`released ${portText(each.claim)} of ${holderText(each.claim)}`);
  }
  return lines.length > 0 ? lines : ["every claim is in use: nothing released"];
}

function readPort(argument: string | undefined, mayBeAbsent: boolean): Asked {
  if (argument === undefined && mayBeAbsent) return { port: undefined, balancer: undefined };
  const [, digits = "", balancer = ordinaryProxies] = /^([0-9]{1,5})(?:@(.+))?$/.exec(argument ?? "") ?? [];
  const port = Number(digits);
  if (port >= 1 && port <= 65_535) return { port, balancer };
  const given = argument === undefined ? "" : `${shown(argument)} is not a front port; `;
  throw refusal(
    exitCode.setting,
    `${given}give one such as 6379, or 6379@proxy_test for a load balancer's; "fairway-registrar claims" lists them`,
  );
}

function isOf(project: string, { project: holder, service = "" }: StandingClaim["claim"]): boolean {
  return project === holder || project === `${holder}/${service}`;
}

function whatIsThere(
  claims: readonly StandingClaim[],
  { port, balancer = ordinaryProxies, project }: ReleaseQuestion,
): string {
  const where = balancer === ordinaryProxies ? `${port}` : `${port}@${shown(balancer)}`;
  if (claims.length === 0) return `nobody claims ${where}; "fairway-registrar claims" lists what is claimed`;
  const holders = claims.map(({ claim }) => holderText(claim)).join(", ");
  return `${shown(project ?? "")} does not claim ${where}; it is claimed by ${holders}`;
}

function refusal(code: number, line: string): ProgramExit {
  return new ProgramExit(code, [line]);
}
