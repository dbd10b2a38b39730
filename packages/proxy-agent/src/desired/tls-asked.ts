import { certificateSettingNames, frontOf, nameOfFront, portOfFront, shown, type Front } from "@fairway/contract";
import type { SeenEndpoint } from "../registry/seen.ts";

/** True for an endpoint that asks for TLS to be opened on a port, or for one name there. */
export function opensAt(front: Front, { listen, named = [] }: SeenEndpoint): boolean {
  const [port, name] = [portOfFront(front), nameOfFront(front)];
  if (name === undefined) return listen.find((each) => each.port === port)?.ssl ?? false;
  const as = named.find((each) => each.port === port && each.name === name)?.as;
  return as === "ssl" || as === "postgres";
}

/** True for an endpoint whose clients ask for TLS as those of PostgreSQL do, by a name on a port. */
export function isGreetedAt(front: Front, { named = [] }: SeenEndpoint): boolean {
  return named.some((each) => each.as === "postgres" && frontOf(each) === front);
}

/** True where one of these that has its TLS opened asks for that. */
export function isAnyGreeted(front: Front, asking: Iterable<AskingForTls>): boolean {
  if (nameOfFront(front) === undefined) return false;
  return [...asking].some(({ ssl, cached }) => ssl === true && isGreetedAt(front, cached.endpoint));
}

type AskingForTls = { readonly ssl: boolean | undefined; readonly cached: { readonly endpoint: SeenEndpoint } };

/** Why certificates are not used that would be served behind one front port; its settings are those at that port. */
export function certificateProblemsAt(port: number, endpoint: SeenEndpoint): readonly string[] {
  const { settings = {}, certificateProblems: reasons = {} } = endpoint;
  return certificateSettingNames.flatMap((name) => {
    const own = `${name}.${port}`;
    const written = Object.hasOwn(reasons, own) ? own : name;
    if (reasons[written] === undefined || (written === name && Object.hasOwn(settings, name))) return [];
    return [`${written} has no effect: ${reasons[written]}`];
  });
}

/** Why an endpoint is not served that asks for the other of TLS and plain, or of opened and passed through. */
export function whyDiffers(front: Front, isTls: boolean): string {
  const [port, serverName] = [portOfFront(front), nameOfFront(front)];
  if (serverName !== undefined) {
    const [is, asked] = isTls ? ["opened", "passed through (/sni)"] : ["passed through", "opened (/ssl)"];
    return `name ${shown(serverName)} on port ${port} is ${is} by an older claim, an earlier service or an older container; this one asks for it to be ${asked}: give it another name`;
  }
  const [is, asked] = isTls ? ["opens TLS", "a plain one"] : ["is plain", "TLS (/ssl)"];
  return `port ${port} ${is} by an older claim, an earlier service or an older container; this one asks for ${asked}: give it another front port`;
}
