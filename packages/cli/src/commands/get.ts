import { shown } from "@fairway/contract";
import { type SubcommandAnswer, exitCode, type Given, type Options, type Output } from "@fairway/program";
import { type Stored, subscribe, type SubscriptionEvent, takeEvent } from "@fairway/registry";
import { askRefusals, noteUnasked } from "../agents/refusals.ts";
import { ChangeLines, changeSchemaOf, type WatchFormat } from "../output/change-lines.ts";
import { readForm } from "../output/read-form.ts";
import { type Format, jsonLines, renderItems } from "../output/render.ts";
import { type AnyKind, kinds, type ShownItem } from "../resources/kinds.ts";
import { proxies } from "../resources/proxies.ts";
import { wrongUse } from "../wrong-use.ts";
import { agentsOf, askRegistry, type CommandLine } from "./ask-registry.ts";

type NamedKind = { readonly name: string } & AnyKind;

/** What is asked for: items of a kind, all or by their names, in a form. */
type Question = {
  readonly kind: NamedKind;
  readonly names: readonly string[];
  readonly project: string | undefined;
  readonly form: Format;
};

/**
 * Prints what the registry has of a kind. Ends with 3 when there is nothing of a name that was given; throws ProgramExit
 * for a question that is none. With `--watch` it goes on until the signal aborts or nobody reads it, and ends with 0.
 */
export async function get(
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
  given: Given,
  output: Output,
): Promise<SubcommandAnswer> {
  const { argument, more = [], options } = given;
  const question = { ...readQuestion(argument, options), names: more };
  if (options["watch"] === true) return watch({ env, signal, options }, question, output);
  if (question.form === "schema") return { lines: renderItems(question.kind, [], "schema") };
  const { answer, note } = await askRegistry({ env, signal, options }, async (client) => {
    const { stored } = await client.list(question.kind.prefixes.map((prefix) => ({ prefix })));
    if (!question.kind.asksAgents) return { ...question.kind.read(stored), unasked: [] };
    const { refusals, unasked } = await askRefusals(agentsOf({ env, options }), proxies.read(stored).items);
    return { ...question.kind.read(stored, refusals), unasked };
  });
  const { items, missing } = choose(answer.items, question);
  const isMissing = missing.length > 0 && question.names.length > 0;
  return {
    lines: renderItems(question.kind, items, question.form),
    notes: [note, ...firstOf(answer.leftOut), ...noteUnasked(answer.unasked), ...missing],
    ...(answer.unasked.length > 0 && { code: exitCode.partly }),
    ...(isMissing && { code: exitCode.no }),
  };
}

/** Follows what is asked for, and prints a line for each change. */
async function watch(line: CommandLine, question: Question, output: Output): Promise<SubcommandAnswer> {
  const { kind, form } = question;
  if (form === "schema") return { lines: jsonLines(changeSchemaOf(kind)) };
  if (form === "yaml") throw wrongUse("--watch goes with a table, and with --output wide, json and name");
  const end = AbortSignal.any([line.signal, output.unread]);
  await askRegistry(line, async (client, note) => {
    output.note(note);
    const onEvent = onChange({ ...question, form }, output, end);
    await subscribe({ client, selectors: kind.prefixes.map((prefix) => ({ prefix })), onEvent, signal: end });
  });
  return { lines: [] };
}

/** How long changes are gathered that are shown together: each look at the items costs as much as there are. */
const restMs = 50;

type WatchQuestion = Question & { readonly form: WatchFormat };

function onChange(question: WatchQuestion, output: Output, end: AbortSignal): (event: SubscriptionEvent) => void {
  const records = new Map<string, Stored>();
  const lines = new ChangeLines(question.kind, question.form);
  const noted = new Set<string>();
  let isWaiting = false;
  const look = () => {
    isWaiting = false;
    if (end.aborted) return;
    const { items, leftOut } = question.kind.read([...records.values()]);
    for (const each of firstOf(leftOut.filter((each) => !noted.has(each)))) {
      noted.add(each);
      output.note(each);
    }
    for (const each of lines.next(choose(items, question).items)) output.print(each);
  };
  return (event) => {
    if (event.type === "lost") output.note(`the registry does not answer, trying again: ${shown(event.reason)}`);
    else takeEvent(records, event);
    if (event.type === "lost" || isWaiting) return;
    isWaiting = true;
    setTimeout(look, restMs);
  };
}

/** Of items, those that are asked for, and a sentence for each name that there is none of. */
export function choose(
  all: readonly ShownItem[],
  { kind, names, project }: Omit<Question, "form">,
): { readonly items: readonly ShownItem[]; readonly missing: readonly string[] } {
  const items = all.filter((item) => project === undefined || item.project === project);
  const where = project === undefined ? "" : ` of project ${shown(project)}`;
  if (names.length === 0) return { items, missing: items.length === 0 ? [`no ${kind.name}${where}`] : [] };
  const isCalled = (item: ShownItem, name: string) => item.name === name || item.alsoCalled.includes(name);
  const missing = names.filter((name) => !items.some((item) => isCalled(item, name)));
  return {
    items: items.filter((item) => names.some((name) => isCalled(item, name))),
    missing: missing.map((name) => `no ${kind.name}${where} called ${shown(name)}`),
  };
}

const mostNotes = 5;

function firstOf(leftOut: readonly string[]): readonly string[] {
  if (leftOut.length <= mostNotes) return leftOut;
  return [...leftOut.slice(0, mostNotes), `and ${leftOut.length - mostNotes} more`];
}

function readQuestion(argument: string | undefined, options: Options): Omit<Question, "names"> {
  const { project } = options;
  const [name, kind] = Object.entries(kinds).find(([name]) => name === argument) ?? [];
  if (name === undefined || kind === undefined) {
    const given = argument === undefined ? "" : `${shown(argument)} is nothing that can be shown; `;
    throw wrongUse(`${given}say which: ${Object.keys(kinds).join(", ")}`);
  }
  if (typeof project === "string" && !kind.hasProjects) {
    throw wrongUse(`--project ${shown(project)}: ${name} belong to no project`);
  }
  return {
    kind: { name, ...kind },
    form: readForm(options),
    project: typeof project === "string" ? project : undefined,
  };
}
