import { ordinaryProxies, shown } from "@fairway/contract";
import { exitCode, type Options, ProgramExit } from "@fairway/program";
import { claimsAt, type RegistryClient, releaseClaim, type StandingClaim } from "@fairway/registry";
import { holderText, portText, withRegistry } from "./claims.ts";

/** How the command line describes it, of each program that has it. */
export const releaseCommand = {
  about:
    "End the claim to a front port: 6379, or 6379@proxy_test for a load balancer's, or 443,db.example.com for a name on one.",
  argument: "port",
  options: {
    "--force": "also while its holder uses the port",
    "--unused": "every claim that nothing uses; of one port, if it is given",
    "-p, --project <project>": "whose claim, where several have one; of a load balancer's: project/service",
  },
} as const;

/** A front port as it is given on the command line. */
type Asked = {
  readonly port: number | undefined;
  /** One of several names on it; undefined: the port itself. */
  readonly name?: string | undefined;
  readonly balancer: string | undefined;
};

/** What is to be released. */
export type ReleaseQuestion = Asked & {
  readonly project: string | undefined;
  readonly isForced: boolean;
  /** Whatever nothing asks for, of one port or of all. */
  readonly isUnused: boolean;
  /** The command that lists what is claimed. */
  readonly listing: string;
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
export function readReleaseQuestion(
  { argument, options }: GivenPort,
  listing = "fairway-registrar claims",
): ReleaseQuestion {
  const isUnused = options["unused"] === true;
  const project = typeof options["project"] === "string" ? options["project"] : undefined;
  const asked = argument === undefined && isUnused ? everyPort : readPort(argument, listing);
  const question = { ...asked, project, isForced: options["force"] === true, isUnused, listing };
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
  const meant = all.filter(
    ({ claim }) => (question.isUnused && question.name === undefined) || claim.name === question.name,
  );
  const found = meant.filter(({ claim }) => question.project === undefined || isOf(question.project, claim));
  if (question.isUnused) return releaseUnused(client, found);
  const [only, ...more] = found;
  if (only === undefined) throw refusal(exitCode.no, whatIsThere(meant, question));
  if (more.length > 0) {
    const holders = found.map(({ claim }) => holderText(claim)).join(", ");
    throw refusal(exitCode.setting, `${portText(only.claim)} is claimed by ${holders}: say whose with --project`);
  }
  const outcome = await releaseClaim(client, only, question.isForced);
  const text = `${portText(only.claim)} of ${holderText(only.claim)}`;
  if (outcome === "released") return [`released ${text}`];
  if (outcome === "changed") return "changed";
  throw refusal(
    exitCode.no,
    `${text} is in use: stop its containers, or give it up all the same with --force; if they go on, their next claim is the youngest`,
  );
}

async function releaseUnused(client: RegistryClient, claims: readonly StandingClaim[]): Promise<readonly string[]> {
  const lines: string[] = [];
  let used = 0;
  for (const each of claims) {
    const text = `${portText(each.claim)} of ${holderText(each.claim)}`;
    const outcome = await releaseIfUnused(client, each);
    if (outcome === "released") lines.push(`released ${text}`);
    if (outcome === "changed") lines.push(`${text} changes all the time: not released, try again`);
    if (outcome === "used") used += 1;
  }
  if (lines.length > 0) return lines;
  return [used > 0 ? "every claim is in use: nothing released" : "no claim: nothing released"];
}

/** Looks again at a claim that was written meanwhile; `gone`: another has released it. */
async function releaseIfUnused(client: RegistryClient, { claim, stored }: StandingClaim) {
  let now: StandingClaim["stored"] | undefined = stored;
  for (let tried = 1; tried <= mostTries; tried += 1) {
    const outcome = await releaseClaim(client, { claim, stored: now }, false);
    if (outcome !== "changed") return outcome;
    now = (await client.get([stored.key])).stored[0];
    if (now === undefined) return "gone";
  }
  return "changed";
}

const everyPort: Asked = { port: undefined, balancer: undefined };

function readPort(argument: string | undefined, listing: string): Asked {
  const [, digits = "", name, balancer = ordinaryProxies] =
    /^([0-9]{1,5})(?:,([^@]+))?(?:@(.+))?$/.exec(argument ?? "") ?? [];
  const port = Number(digits);
  if (port >= 1 && port <= 65_535) return { port, name, balancer };
  const given = argument === undefined ? "" : `${shown(argument)} is not a front port; `;
  throw refusal(
    exitCode.setting,
    `${given}give one such as 6379, or 6379@proxy_test for a load balancer's; "${listing}" lists them`,
  );
}

function isOf(project: string, { project: holder, service = "" }: StandingClaim["claim"]): boolean {
  return project === holder || project === `${holder}/${service}`;
}

function whatIsThere(
  claims: readonly StandingClaim[],
  { port, name, balancer = ordinaryProxies, project, listing }: ReleaseQuestion,
): string {
  const front = name === undefined ? `${port}` : `${port},${shown(name)}`;
  const where = balancer === ordinaryProxies ? front : `${front}@${shown(balancer)}`;
  if (claims.length === 0) return `nobody claims ${where}; "${listing}" lists what is claimed`;
  const holders = claims.map(({ claim }) => holderText(claim)).join(", ");
  return `${shown(project ?? "")} does not claim ${where}; it is claimed by ${holders}`;
}

function refusal(code: number, line: string): ProgramExit {
  return new ProgramExit(code, [line]);
}
