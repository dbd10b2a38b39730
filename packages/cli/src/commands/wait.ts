import { exitCode, type Given, type Options, ProgramExit, type SubcommandAnswer } from "@fairway/program";
import { knownOf } from "@fairway/proxy-agent";
import type { Stored } from "@fairway/registry";
import type { Unasked } from "../agents/agents.ts";
import { askKnown, noteUnasked } from "../agents/refusals.ts";
import { askedName, isPath, quotedIfEmpty } from "../operator/service.ts";
import { followUntil, type Followed } from "../wait/follow.ts";
import { type Goal, judge, selectorsOf } from "../wait/goal.ts";
import { wrongUse } from "../wrong-use.ts";
import { readCount } from "./read-count.ts";
import { readTime } from "./read-time.ts";
import { agentsOf, askRegistry } from "./ask-registry.ts";

/**
 * Waits until what is asked for is so. Ends with 0 then, or with 4 where proxies that may refuse it could not be asked; with
 * 124 when the time is over or it is interrupted, with 3 when somebody refuses it by then.
 */
export async function wait(env: NodeJS.ProcessEnv, signal: AbortSignal, given: Given): Promise<SubcommandAnswer> {
  const { argument, options } = given;
  if (argument === undefined) throw wrongUse("say what to wait for: project/service, or a container");
  const asked = askedName(argument, options);
  const goal = readGoal(options);
  const timeoutMs = readTime(options, "timeout", "30s");
  const agents = agentsOf({ env, options });
  const { answer, note } = await askRegistry({ env, signal, options }, async (client) => {
    const selectors = selectorsOf(asked);
    const judgeNow = (stored: readonly Stored[]) => judge(goal, asked, knownOf(stored));
    const followed = await followUntil({ client, selectors, timeoutMs, signal, judge: judgeNow });
    if (followed.verdict?.isReached !== true || followed.verdict.isSure) return { ...followed, silent: [] };
    const { known, unasked } = await askKnown(agents, knownOf((await client.list(selectors)).stored));
    return { ...followed, verdict: judge(goal, asked, known), silent: unasked };
  });
  return answerOf(answer, note);
}

/** `silent`: proxies that did not tell all that they refuse. */
type Waited = Followed & { readonly silent: readonly Unasked[] };

function answerOf({ verdict, lost, unasked, silent }: Waited, note: string): SubcommandAnswer {
  if (verdict === undefined) {
    throw new ProgramExit(exitCode.environment, [note, `the registry does not answer: ${lost ?? "the time was over"}`]);
  }
  const { isReached, isRefused, isSure, lines } = verdict;
  const notes = [note, ...(unasked === undefined ? [] : [unasked]), ...noteUnasked(silent)];
  if (isReached) return { lines, notes, code: isSure ? exitCode.stopped : exitCode.partly };
  return { lines, notes: [...notes, "not so in the end"], code: isRefused ? exitCode.no : exitCode.timeout };
}

function readGoal(options: Options): Goal {
  const { ready, gone, routedOn } = options;
  const given = [ready, gone, routedOn].filter((each) => each !== undefined);
  if (given.length > 1) throw wrongUse("--ready, --gone and --routed-on do not go together");
  if (gone === true) return { is: "gone" };
  const count = readCount(options, "ready");
  return count === undefined ? { is: "routed", on: readProxy(routedOn) } : { is: "ready", count };
}

function readProxy(given: string | boolean = "all"): string {
  if (typeof given === "string" && isPath(given, 2)) return given;
  throw wrongUse(`--routed-on ${quotedIfEmpty(String(given))}: must be a node, a proxy as node/proxy, or all`);
}
