import { shown } from "@fairway/contract";
import type { Options } from "@fairway/program";
import { wrongUse } from "../wrong-use.ts";

const mostContainers = 99_999;

/** Reads an option that is a number of containers; undefined: it is not given. Throws ProgramExit for what is none. */
export function readCount(options: Options, name: string): number | undefined {
  const given = options[name];
  if (given === undefined) return undefined;
  const text = String(given);
  if (/^[1-9][0-9]*$/.test(text) && Number(text) <= mostContainers) return Number(text);
  throw wrongUse(`--${name} ${shown(text)}: must be a number of containers from 1 to ${mostContainers}`);
}
