import { answerText, type CommandAnswer } from "./answers.ts";
import { fillList, isWord, prepareList, type ListFile } from "./commands.ts";
import { askWorker, type Socket } from "./sockets.ts";

/** See `Haproxy.replaceEntries`. */
export async function replaceEntries(
  worker: Socket,
  file: ListFile,
  entries: readonly string[],
): Promise<CommandAnswer> {
  if (!isWord(file.path))
    return { kind: "refused", reason: "the path of its lists has a character that commands have not" };
  const [made = ""] = await askWorker(worker, [prepareList(file)]);
  const version = /^New version created: ([0-9]+)$/.exec(made)?.[1];
  if (version === undefined)
    return { kind: "refused", reason: `HAProxy answered "${answerText(made)}" to "prepare ${file.is}"` };
  const answers = await askWorker(worker, fillList(file, version, entries));
  const refusal = answers.find((answer) => answer !== "");
  if (refusal === undefined) return { kind: "done", reason: "" };
  return { kind: "refused", reason: `HAProxy answered "${answerText(refusal)}" to a change of a list` };
}
