import { type Label, labelTable } from "@fairway/contract";

const tables: Readonly<Record<string, () => readonly string[]>> = {
  built: () => [
    "| label | means | without it | acts on |",
    "|---|---|---|---|",
    ...labelTable.filter(({ status }) => status === "built").map(builtRow),
  ],
  "without effect": () => [
    "| label | would say | of its | reported as |",
    "|---|---|---|---|",
    ...labelTable.filter(({ status }) => status !== "built").map(idleRow),
  ],
};

/** The text of `docs/labels.md` with its tables written anew from the table that the programs read. */
export function withLabelTables(page: string): string {
  return page.replaceAll(/<!-- labels: (.+) -->\n[^]*?<!-- end -->/g, (_, name: string) => {
    const rows = tables[name]?.() ?? [];
    return [`<!-- labels: ${name} -->`, ...rows, "<!-- end -->"].join("\n");
  });
}

function builtRow({ name, example, about, fallback, actsOn }: Label): string {
  return `| \`${withPort(name)}: "${example}"\` | ${about} | ${fallback || "–"} | ${actsOn} |`;
}

function idleRow({ name, example, about, actsOn, status }: Label): string {
  return `| \`${withPort(name)}: "${example}"\` | ${about} | ${actsOn} | \`${status}\` |`;
}

/** The name as one writes it: some end with a port's number. */
function withPort(name: string): string {
  return name.endsWith("_") ? `${name}6379` : name;
}
