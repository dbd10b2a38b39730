import { frontOf, type Front } from "@fairway/contract";
import { frontOfSection, frontOfSpare, sectionName } from "../names.ts";
import type { NamesFile } from "../render-options.ts";
import { kindOfSpare } from "../spares.ts";

/** A file of names of a port, as {@link WorkerNames} has it: `443.names`. */
export type NamesKey = `${number}.${NamesFile}`;

/** What a worker has of names on ports, by its own account. */
export type WorkerNames = {
  /** All of its backends. */
  readonly sections: ReadonlySet<string>;
  /** What stands in its files of names: a name and a section each. */
  readonly entries: ReadonlyMap<NamesKey, readonly string[]>;
};

/** Reads the answer to `show backend`. */
export function parseBackends(answer: string): ReadonlySet<string> {
  return new Set(answer.split("\n").filter((line) => line !== "" && !line.startsWith("#")));
}

/** Reads the files of names out of the answer to `show map`: path by key. */
export function parseNamesFiles(answer: string): ReadonlyMap<NamesKey, string> {
  const found = answer.split("\n").flatMap((line): readonly (readonly [NamesKey, string])[] => {
    const [, path, port, file] =
      /^-?[0-9]+ \((.*\/port_([1-9][0-9]{0,4})\.(names|opened))\) pattern loaded from file /.exec(line) ?? [];
    return path === undefined ? [] : [[`${Number(port)}.${file as NamesFile}`, path]];
  });
  return new Map(found);
}

/** Reads the answer to `show map` of one file: its entries, in the order of the file. */
export function parseEntries(answer: string): readonly string[] {
  return answer.split("\n").flatMap((line) => /^0x[0-9a-f]+ (\S+ \S+)$/.exec(line)?.[1] ?? []);
}

/** Which names have a spare backend, by these files: its section. */
export function assignedIn({ entries }: Pick<WorkerNames, "entries">): ReadonlyMap<Front, string> {
  const found = [...entries].flatMap(([key, lines]) =>
    lines.flatMap((line): readonly (readonly [Front, string])[] => {
      const [name = "", section = ""] = line.split(" ");
      return kindOfSpare(section) === undefined ? [] : [[frontOf({ port: Number.parseInt(key, 10), name }), section]];
    }),
  );
  return new Map(found);
}

/** Under which names a worker has the sections of listeners. */
export class SectionNames {
  readonly #sections: ReadonlyMap<Front, string>;
  readonly #fronts: ReadonlyMap<string, Front>;

  /** `assigned`: the names that have a spare backend, and that. */
  constructor(assigned: ReadonlyMap<Front, string> = new Map()) {
    this.#sections = assigned;
    this.#fronts = new Map([...assigned].map(([front, section]) => [section, front]));
  }

  readonly sectionOf = (front: Front): string => this.#sections.get(front) ?? sectionName(front);

  /** The listener of a section; of a spare backend that is no name's, what stands for that. */
  readonly frontOf = (section: string): Front | undefined =>
    this.listenerOf(section) ?? (kindOfSpare(section) === undefined ? undefined : frontOfSpare(section));

  /** The listener of a section; undefined: it is none's. */
  readonly listenerOf = (section: string): Front | undefined => this.#fronts.get(section) ?? frontOfSection(section);
}
