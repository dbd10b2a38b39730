import { hint, refused, type Rejection } from "../rejection.ts";
import { shown } from "../text.ts";
import { canonicalName, findLabel } from "./label-table.ts";

/** What {@link refuseLabel} and {@link hintLabel} tell. */
export type LabelFacts = {
  readonly code: string;
  /** The label as the container has it. */
  readonly label: string;
  /** Its value, or the item of it that is meant. */
  readonly value: string;
  /** One sentence: what, and what is allowed. The value stands in it only where {@link isHarmlessLabel}. */
  readonly reason: string;
};

/** What a label says, as far as it is accepted, and what of it is refused. */
export type LabelOutcome = {
  /** The accepted text, as it stands in the record; undefined: nothing is. */
  readonly accepted: string | undefined;
  /** What stands in the record of a label in its place, as nobody may pass over it. (nothing) */
  readonly instead?: string;
  readonly rejections: readonly Rejection[];
};

/** Something that a label asks for and that is not served. */
export function refuseLabel(facts: LabelFacts): Rejection {
  return aboutLabel(refused(facts), facts);
}

/** A label that looks as if it was meant otherwise. */
export function hintLabel(facts: LabelFacts): Rejection {
  return aboutLabel(hint(facts), facts);
}

/** Whether the value of a label may stand in logs, records and pages; in any spelling of its name. */
export function isHarmlessLabel(label: string): boolean {
  return findLabel(canonicalName(label))?.isHarmless ?? false;
}

function aboutLabel({ code, severity, reason }: Rejection, { label, value }: LabelFacts): Rejection {
  const told = isHarmlessLabel(label) ? { value: shown(value) } : { valueLength: value.length };
  return { code, severity, label: shown(label), ...told, reason };
}
