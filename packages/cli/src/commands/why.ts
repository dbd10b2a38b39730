import { exitCode, type Given, type SubcommandAnswer } from "@fairway/program";
import { explain, knownOf, knownPrefixes } from "@fairway/proxy-agent";
import { askKnown, noteUnasked } from "../agents/refusals.ts";
import { readMoment } from "../journal/read-moment.ts";
import { askedName } from "../operator/service.ts";
import { agentsOf, askRegistry } from "./ask-registry.ts";
import { codeOf } from "./routed-code.ts";
import { whyAt } from "./why-at.ts";

/**
 * Says why something is routed or not, as each proxy has it, and ends as {@link codeOf} says; with 3 for what nobody
 * knows. Without a name it lists whatever is refused, and ends with 0, or with 4 where a proxy could not be asked for it.
 * With `--at` it answers for a moment that is over.
 */
export async function why(env: NodeJS.ProcessEnv, signal: AbortSignal, given: Given): Promise<SubcommandAnswer> {
  const { argument, options } = given;
  const asked = argument === undefined ? undefined : askedName(argument, options);
  const { at } = options;
  if (typeof at === "string") return whyAt({ env, signal, options }, { asked, atMs: readMoment("--at", at) });
  const agents = agentsOf({ env, options });
  const { answer, note } = await askRegistry({ env, signal, options }, async (client) => {
    return askKnown(agents, knownOf((await client.list(knownPrefixes.map((prefix) => ({ prefix })))).stored));
  });
  const { isKnown, lines, routed } = explain(asked, answer.known);
  if (!isKnown) return { lines: [], notes: [note, ...lines], code: exitCode.no };
  const whole = answer.unasked.length > 0 ? exitCode.partly : exitCode.stopped;
  const code = routed === undefined ? whole : codeOf[routed];
  return { lines, notes: [note, ...noteUnasked(answer.unasked)], code };
}
