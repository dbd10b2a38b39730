import { readFile } from "node:fs/promises";
import { reasonOf } from "@fairway/contract";
import { builtInTemplate, render, type Rendered, type Sections } from "@fairway/haproxy";
import type { Log } from "@fairway/program";
import type { Desired, ListenerFacts } from "../desired/desired.ts";
import { writeAtomically } from "../files/atomic-write.ts";
import { renderOptions } from "./line-origins.ts";
import { checkOperatorText, operatorSample, type OperatorCheck } from "./operator-check.ts";

/** What a template is chosen by. */
export type TemplateChoice = {
  /** HAPROXY_TEMPLATE; undefined: the built-in one is meant. */
  readonly file: string | undefined;
  /** Where the last one that was good is kept. */
  readonly kept: string;
  readonly facts: ListenerFacts;
  readonly sections: Sections;
  readonly check: Omit<OperatorCheck, "template">;
  readonly log: Pick<Log, "error">;
};

/** The template to go on with; `refusal`: what is wrong with the operator's, as a sentence. */
export type ChosenTemplate = { readonly template: string; readonly refusal: string | undefined };

/** Reads and tries the operator's template. A bad one stops nothing: the last good one is used, else the built-in one. */
export async function chooseTemplate(choice: TemplateChoice): Promise<ChosenTemplate> {
  const { file, kept, log } = choice;
  if (file === undefined) return { template: builtInTemplate(), refusal: undefined };
  const own = await readTemplate(file, choice);
  if (own.ok) {
    await writeAtomically(kept, own.template);
    return { template: own.template, refusal: undefined };
  }
  const former = await readTemplate(kept, choice);
  const instead = former.ok ? "the last one that was accepted" : "the built-in one";
  const refusal = `HAPROXY_TEMPLATE: ${own.problem}; ${instead} is used`;
  log.error({ reason: refusal }, "template refused");
  return { template: former.ok ? former.template : builtInTemplate(), refusal };
}

type TemplateReading =
  { readonly ok: true; readonly template: string } | { readonly ok: false; readonly problem: string };

async function readTemplate(file: string, choice: TemplateChoice): Promise<TemplateReading> {
  try {
    const template = await readFile(file, "utf8");
    const problem = await findProblem(template, choice);
    return problem === undefined ? { ok: true, template } : { ok: false, problem };
  } catch (error) {
    return { ok: false, problem: reasonOf(error) };
  }
}

/** What is wrong with a template, tried on a sample; undefined: nothing. Throws what mustache has against it. */
async function findProblem(template: string, { facts, sections, check }: TemplateChoice): Promise<string | undefined> {
  const sample = operatorSample(facts, sections);
  const part = leftOutOf(sample, render(sample, renderOptions(template)));
  if (part !== undefined) return `it leaves out lines of {{#${part}}}: each has to stand there as {{{.}}} writes it`;
  const refused = await checkOperatorText(sample, { ...check, template });
  return refused?.lines[0];
}

/** The part of the view of which a line is missing that HAProxy, or this agent, cannot do without. */
function leftOutOf(sample: Desired, rendered: Rendered): string | undefined {
  const given = new Set(linesIn(rendered));
  const needed = linesIn(render(sample, renderOptions(builtInTemplate()))).filter((line) => !line.startsWith("#"));
  const missing = needed.find((line) => !given.has(line));
  if (missing === undefined) return undefined;
  const parts = Object.entries(sample.sections).filter(([, lines]) =>
    lines.some(({ text }) => text.trim() === missing),
  );
  return parts[0]?.[0] ?? "listeners";
}

function linesIn({ text }: Rendered): readonly string[] {
  return text.split("\n").map((line) => line.trim());
}
