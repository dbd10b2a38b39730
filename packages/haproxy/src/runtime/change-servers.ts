import type { Front } from "@fairway/contract";
import { answerOf, type ChangeOutcome } from "./answers.ts";
import { commandLines, type ServerCommand } from "./commands.ts";
import { askWorker, type Socket } from "./sockets.ts";

/** See `Haproxy.change`. `sectionOf`: the section of a listener. */
export async function changeServers(
  worker: Socket,
  commands: readonly ServerCommand[],
  sectionOf: (front: Front) => string,
): Promise<ChangeOutcome> {
  const lines: string[][] = [];
  for (const command of commands) {
    const written = commandLines(command, sectionOf);
    if (!written.ok) return written;
    lines.push([...written.lines]);
  }
  const sent = lines.flat();
  const texts = await askWorker(worker, sent);
  let at = 0;
  const answers = lines.map((own) => answerOf(own, texts.slice(at, (at += own.length))));
  return { ok: true, answers, sent: sent.length };
}
