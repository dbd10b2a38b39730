import { readFileSync } from "node:fs";
import mustache, { type TemplateSpans } from "mustache";

/** The template that comes with this program. */
export function builtInTemplate(): string {
  return readFileSync(new URL("../templates/haproxy.cfg.mustache", import.meta.url), "utf8");
}

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

/** Characters of one piece, about: made and written in less than a millisecond. */
const usualLength = 65_536;

/** Small parts put together to pieces of a size that is worth writing. */
export function* inPieces(parts: Iterable<string>, length = usualLength): Generator<string> {
  let piece = "";
  for (const part of parts) {
    piece += part;
    if (piece.length < length) continue;
    yield piece;
    piece = "";
  }
  if (piece !== "") yield piece;
}

/** Each item made into something when it is asked for, every time anew. */
export function lazily<T, U>(items: readonly T[], make: (item: T) => U): Iterable<U> {
  if (items.length === 0) return [];
  return {
    *[Symbol.iterator]() {
      for (const item of items) yield make(item);
    },
  };
}
