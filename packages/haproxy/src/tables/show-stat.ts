import { portOfSection } from "../runtime/command-line.ts";

/** How busy one server is, as `show stat` tells it. */
export type ServerLoad = { readonly listener: number; readonly name: string; readonly sessions: number };

const serverType = "2";

/** Reads the servers of our listeners out of `show stat` (CSV). Throws when it is no such answer. */
export function parseShowStat(answer: string): readonly ServerLoad[] {
  const [header = "", ...lines] = answer.trim().split("\n");
  if (!header.startsWith("# pxname,svname,")) throw new Error(`not an answer to show stat: ${answer.slice(0, 80)}`);
  const columns = header.slice(2).split(",");
  const [type, current, queued] = ["type", "scur", "qcur"].map((name) => columns.indexOf(name));
  return lines.flatMap((line) => {
    const fields = line.split(",");
    const listener = portOfSection(fields[0] ?? "");
    if (listener === undefined || fields[type ?? -1] !== serverType) return [];
    const sessions = Number(fields[current ?? -1]) + Number(fields[queued ?? -1]);
    return [{ listener, name: fields[1] ?? "", sessions }];
  });
}
