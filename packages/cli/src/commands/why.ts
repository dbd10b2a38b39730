import { exitCode, type Given, type SubcommandAnswer } from "@fairway/program";
import { explain, knownOf, knownPrefixes, type Routed } from "@fairway/proxy-agent";
import { askedName } from "../operator/service.ts";
import { askRegistry } from "./ask-registry.ts";

/**
 * Says why something is routed or not, as each proxy has it, and ends as {@link codeOf} says; with 3 for what nobody
 * knows. Without a name it lists whatever is refused, and ends with 0.
 */
export async function why(env: NodeJS.ProcessEnv, signal: AbortSignal, given: Given): Promise<SubcommandAnswer> {
  const { argument, options } = given;
  const asked = argument === undefined ? undefined : askedName(argument, options);
  const { answer, note } = await askRegistry({ env, signal, options }, async (client) => {
    return knownOf((await client.list(knownPrefixes.map((prefix) => ({ prefix })))).stored);
  });
  const { isKnown, lines, routed } = explain(asked, answer);
  if (!isKnown) return { lines: [], notes: [note, ...lines], code: exitCode.no };
  return { lines, notes: [note], code: routed === undefined ? exitCode.stopped : codeOf[routed] };
}

const codeOf: Readonly<Record<Routed, number>> = {
  everywhere: exitCode.stopped,
  partly: exitCode.partly,
  nowhere: exitCode.no,
};
