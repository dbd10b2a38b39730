import { ProgramExit, type Log } from "@fairway/program";
import type { ListenerFacts } from "../desired/listener-facts.ts";
import type { Sections } from "@fairway/haproxy";
import { operatorSample } from "./operator-sample.ts";
import { checkOperatorText, type OperatorCheck } from "./operator-check.ts";
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
