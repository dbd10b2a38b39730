import type { Remark } from "./document/remark.ts";
import { Template } from "./document/template.ts";
import { checkLabels } from "./steps/labels.ts";
import { replaceAffinities, dropAffinities } from "./steps/affinities.ts";
import { addDependencies, checkDependencies } from "./steps/dependencies.ts";
import { noteEveryNode, placeOnEveryNode } from "./steps/every-node.ts";
import { checkLinks, replaceLinks } from "./steps/links.ts";
import { dropVersion, moveLabels, quoteWords, renameOldKeys } from "./steps/old-keys.ts";
import { publishOnNodes } from "./steps/ports.ts";
import { replaceProxyImages } from "./steps/proxy-image.ts";
import { followSwarm } from "./steps/swarm-keys.ts";
import { noteUnknownKeys } from "./steps/unknown-keys.ts";

/** A form that a template is converted to: a Compose file for one machine, or a stack for a Swarm. */
export type Form = "compose" | "swarm";

export const forms: readonly Form[] = ["compose", "swarm"];

export function isForm(text: unknown): text is Form {
  return forms.some((form) => form === text);
}

/** A part of the way to another form: it changes the template, and says what is to be known. */
type Step = (template: Template) => void;

/** What is found wrong before anything else is changed; labels are where they count by then. */
const checks: readonly Step[] = [moveLabels, checkLabels, checkLinks, checkDependencies];

const steps: Readonly<Record<Form, readonly Step[]>> = {
  compose: [
    noteUnknownKeys,
    quoteWords,
    renameOldKeys,
    replaceProxyImages,
    addDependencies,
    replaceLinks,
    dropAffinities,
    noteEveryNode,
    dropVersion,
  ],
  swarm: [
    noteUnknownKeys,
    quoteWords,
    renameOldKeys,
    replaceProxyImages,
    replaceLinks,
    replaceAffinities,
    placeOnEveryNode,
    publishOnNodes,
    followSwarm,
  ],
};

/**
 * Converts a template: services with `aliyun.*` labels, with or without `services` above them. Comments, order and what
 * is not known stay. The output is undefined where a remark is a problem; converted again it stays as it is.
 */
export function convertTemplate(
  text: string,
  form: Form,
): { readonly output: string | undefined; readonly remarks: readonly Remark[] } {
  const template = new Template(text);
  if (!template.hasProblems) for (const check of checks) check(template);
  if (!template.hasProblems) template.nestServices();
  for (const step of steps[form]) if (!template.hasProblems) step(template);
  return { output: template.hasProblems ? undefined : template.toString(), remarks: template.remarks };
}
