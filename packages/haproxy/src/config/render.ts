import type { Configuration, Origin } from "./configuration.ts";
import { inPieces } from "./pieces.ts";
import { templateParts } from "./template-parts.ts";
import { templateView } from "./template-view.ts";

/** haproxy.cfg, and whose text stands on which of its lines. */
export type Rendered = {
  /** Ends in a newline: HAProxy refuses a file that does not. */
  readonly text: string;
  /** By line number, from 1; lines that carry nobody's text but ours are not in it. */
  readonly origins: ReadonlyMap<number, Origin>;
};

/** Writes what is desired as haproxy.cfg, by a mustache template. The same input gives the same bytes. */
export function render(desired: Configuration, template: string): Rendered {
  const origins: Origin[] = [];
  const view = templateView(desired, ({ text, from }) => text + markOf(origins.push(from) - 1));
  const marked = [...templateParts(template, view)].join("").trimEnd().split("\n");
  const lines = marked.map((line) => line.replaceAll(marks, ""));
  return { text: `${lines.join("\n")}\n`, origins: originsOf(marked, origins) };
}

/**
 * The text of {@link render}, in pieces that are made when they are asked for: who writes a large one to a file does
 * other things between two of them.
 */
export function* renderPieces(desired: Configuration, template: string): Generator<string> {
  const view = templateView(desired, ({ text }) => text);
  let held = "";
  for (const piece of inPieces(templateParts(template, view))) {
    const text = (held + piece).trimEnd();
    held = (held + piece).slice(text.length);
    if (text !== "") yield text;
  }
  yield "\n";
}

/** Marks ride along through the template, so that any template keeps track of whose text is where. */
const marks = /\u0000([0-9]+)\u0000/g;

function markOf(index: number): string {
  return `\u0000${index}\u0000`;
}

function originsOf(marked: readonly string[], origins: readonly Origin[]): ReadonlyMap<number, Origin> {
  const found = marked.flatMap((line, index) => {
    const origin = origins[Number(marks.exec(line)?.[1])];
    marks.lastIndex = 0;
    return origin && isSomebodys(origin) ? [[index + 1, origin] as const] : [];
  });
  return new Map(found);
}

function isSomebodys({ services, settings }: Origin): boolean {
  return services.length + settings.length > 0;
}
