import {
  assignedIn,
  parseBackends,
  parseEntries,
  parseNamesFiles,
  SectionNames,
  type WorkerNames,
} from "../tables/worker-names.ts";
import { isWord, showBackends, showMap, showMaps } from "./commands.ts";

/** Sends commands to one worker; one answer each. */
export type Ask = (commands: readonly string[]) => Promise<readonly string[]>;

/** Asks a worker for what it has of names on ports. A file whose path no command can name counts as one that is not there. */
export async function askNames(ask: Ask): Promise<WorkerNames> {
  const [backends = "", maps = ""] = await ask([showBackends, showMaps]);
  const files = [...parseNamesFiles(maps)].filter(([, path]) => isWord(path));
  const answers = await ask(files.map(([, path]) => showMap(path)));
  return {
    sections: parseBackends(backends),
    entries: new Map(files.map(([key], at) => [key, parseEntries(answers[at] ?? "")])),
  };
}

/** Asks a worker under which names it has sections: what it has of spare backends. */
export async function askSectionNames(ask: Ask): Promise<SectionNames> {
  return new SectionNames(assignedIn(await askNames(ask)));
}
