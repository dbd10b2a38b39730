import { actsOnTerminal, alignColumns, replaceActing, shown } from "@fairway/contract";
import { Document, Scalar, visit } from "yaml";
import { z } from "zod";
import type { AnyKind, ShownItem } from "../resources/kinds.ts";

/** What `-o` takes; without it: a table. */
export const formats = ["wide", "json", "yaml", "name", "schema"] as const;

export type Format = (typeof formats)[number] | "table";

/** Items of a kind in a form, as lines that are safe to print: nothing in them acts on a terminal. */
export function renderItems(
  kind: { readonly name: string } & AnyKind,
  items: readonly ShownItem[],
  form: Format,
): string[] {
  const whole = { kind: kind.name, items: items.map(({ item }) => item) };
  if (form === "schema") return jsonLines(schemaOf(kind));
  if (form === "json") return jsonLines(whole);
  if (form === "yaml") return yamlLines(whole);
  if (form === "name") return items.map(({ name }) => escapeAll(name));
  return tableLines(kind, items, form === "wide");
}

/** What `-o json` and `-o yaml` print of a kind, as a JSON Schema. */
export function schemaOf(kind: { readonly name: string } & AnyKind): unknown {
  return jsonSchemaOf(z.object({ kind: z.literal(kind.name), items: z.array(kind.schema) }));
}

/** A zod schema of what is printed as the JSON Schema that users see. */
export function jsonSchemaOf(schema: z.ZodType): unknown {
  return z.toJSONSchema(schema, {
    override: ({ jsonSchema }) => {
      // A later version may tell more.
      if (jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
    },
  });
}

function tableLines(kind: AnyKind, items: readonly ShownItem[], isWide: boolean): string[] {
  return items.length === 0 ? [] : [...alignColumns([titlesOf(kind, isWide), ...rowsOf(kind, items, isWide)])];
}

/** The first row of a table. */
export function titlesOf({ columns }: AnyKind, isWide: boolean): readonly string[] {
  return columns.filter((column) => isWide || column.isWide !== true).map(({ title }) => title);
}

/** The other rows, their cells safe to print. */
export function rowsOf(
  { columns }: AnyKind,
  items: readonly ShownItem[],
  isWide: boolean,
): readonly (readonly string[])[] {
  return items.map(({ cells }) => cells.filter((_, at) => isWide || columns[at]?.isWide !== true).map(shown));
}

/** Something as lines of JSON that are safe to print. */
export function jsonLines(whole: unknown): string[] {
  return JSON.stringify(whole, undefined, 2).split("\n").map(escapeAll);
}

function yamlLines(whole: unknown): string[] {
  const document = new Document(whole, { aliasDuplicateObjects: false });
  visit(document, {
    Scalar: (_, node) => {
      // Only there has YAML escapes.
      if (typeof node.value === "string" && actsOnTerminal.test(node.value)) node.type = Scalar.QUOTE_DOUBLE;
    },
  });
  return document.toString({ lineWidth: 0, blockQuote: false }).trimEnd().split("\n").map(escapeAll);
}

/** Writes what acts on a terminal as the escapes that JSON and YAML have inside of quotes: read back, it is as it was. */
export function escapeAll(line: string): string {
  return replaceActing(line, (char) =>
    [...Array(char.length).keys()]
      .map((index) => `\\u${char.charCodeAt(index).toString(16).padStart(4, "0")}`)
      .join(""),
  );
}
