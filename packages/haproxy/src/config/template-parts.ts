import mustache, { type TemplateSpans } from "mustache";

const writer = new mustache.Writer();

/**
 * What mustache makes of a template, part by part: a section over an iterable gives the parts of one item after the
 * other, made when they are asked for. Parts are small; joined they are what `mustache.render` gives.
 */
export function templateParts(template: string, view: object): Iterable<string> {
  return partsOf(writer.parse(template), new mustache.Context(view), template);
}

function* partsOf(spans: TemplateSpans, context: mustache.Context, template: string): Generator<string> {
  for (const span of spans) {
    const items = span[0] === "#" ? itemsOf(context.lookup(span[1])) : undefined;
    if (items === undefined) yield writer.renderTokens([span] as unknown as string[][], context, undefined, template);
    else for (const item of items) yield* partsOf(span[4] as TemplateSpans, context.push(item), template);
  }
}

function itemsOf(value: unknown): Iterable<unknown> | undefined {
  return typeof value === "object" && value !== null && Symbol.iterator in value
    ? (value as Iterable<unknown>)
    : undefined;
}
