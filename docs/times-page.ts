import { readdirSync, readFileSync } from "node:fs";

/** The packages whose times are told, in the order of one change's way. */
const packages = ["registrar", "registry", "proxy-agent", "haproxy", "program", "loop", "cli", "ui"];

const root = new URL("../packages/", import.meta.url);

/** A constant of a file that says how long something takes or waits. */
type Time = {
  /** Below `packages/`. */
  readonly file: string;
  readonly name: string;
  readonly ms: number;
  readonly about: string;
};

/** The text of `docs/times.md`, from the constants of the programs' files and the docstring above each. */
export function timesPage(): string {
  return [
    "# How long things take and wait",
    "",
    "Made from the source by `npm run docs`. What an operator sets is in [configuration.md](configuration.md); these times",
    "are fixed, each in the file that stands beside it. How long a queue pauses after a piece of work or a failure stands in",
    "the queue's file.",
    "",
    ...packages.flatMap((name) => section(name, timesOf(name))),
  ].join("\n");
}

/** Every constant `…Ms` of a package's files whose value is said in numbers. */
export function timesOf(name: string): readonly Time[] {
  const folder = new URL(`${name}/src/`, root);
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".ts"));
  return files
    .toSorted()
    .flatMap((path) => timesIn(`${name}/src/${path}`, readFileSync(new URL(path, folder), "utf8")));
}

function timesIn(file: string, text: string): readonly Time[] {
  const constants = text.matchAll(/(?:\/\*\*((?:(?!\*\/)[^])*)\*\/\n)?^(?:export )?const (\w+Ms) = ([\d_ *]+);$/gm);
  return [...constants].map(([, docstring = "", constant = "", value = ""]) => {
    const factors = value.split("*").map((factor) => Number(factor.trim().replaceAll("_", "")));
    const about = docstring.replaceAll(/\s*\n \*\s?/g, " ").trim();
    return { file, name: constant, ms: factors.reduce((product, factor) => product * factor, 1), about };
  });
}

function section(name: string, times: readonly Time[]): readonly string[] {
  if (times.length === 0) return [];
  const rows = times.map(
    (time) => `| ${time.about.replace(/\.$/, "")} | ${duration(time.ms)} | \`${time.file}\`: \`${time.name}\` |`,
  );
  return [`## ${name}`, "", "| what | time | where |", "|---|---|---|", ...rows, ""];
}

function duration(ms: number): string {
  const units = [
    [24 * 3_600_000, "d"],
    [3_600_000, "h"],
    [60_000, "min"],
    [1000, "s"],
  ] as const;
  const [size, unit] = units.find(([least]) => ms >= least && ms % least === 0) ?? [1, "ms"];
  return `${ms / size} ${unit}`;
}
