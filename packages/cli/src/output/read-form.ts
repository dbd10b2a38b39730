import { shown } from "@fairway/contract";
import type { Options } from "@fairway/program";
import { wrongUse } from "../wrong-use.ts";
import { type Format, formats } from "./render.ts";

/** The option with which items are asked for in a form. */
export const formOption = { "-o, --output <form>": `${formats.join(", ")}; without it a table` } as const;

/** In which form items are asked for. Throws ProgramExit for one that there is not. */
export function readForm({ output }: Options): Format {
  const form = output === undefined ? "table" : formats.find((each) => each === output);
  if (form === undefined) throw wrongUse(`--output ${shown(String(output))}: must be ${formats.join(", ")}`);
  return form;
}
