import type { Given, SubcommandAnswer } from "@fairway/program";
import { readReleaseQuestion, releaseAsked } from "@fairway/registrar";
import { askRegistry } from "./ask-registry.ts";

/** Ends the claim to a front port, as `fairway-registrar release` does. */
export async function release(env: NodeJS.ProcessEnv, signal: AbortSignal, given: Given): Promise<SubcommandAnswer> {
  const question = readReleaseQuestion(given, "fairway get claims");
  const { options } = given;
  const { answer, note } = await askRegistry({ env, signal, options }, (client) => releaseAsked(client, question));
  return { lines: answer, notes: [note] };
}
