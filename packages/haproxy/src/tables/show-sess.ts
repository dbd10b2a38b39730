import { portOfSection } from "../runtime/command-line.ts";

/** One session of a worker that goes to a server of ours. */
export type Session = {
  /** Names it in `shutdown session`. */
  readonly id: string;
  readonly listener: number;
  readonly server: string;
};

/** Reads the answer to `show sess`: one session a line; sessions without a server of ours are left out. */
export function parseShowSess(answer: string): readonly Session[] {
  return answer.split("\n").flatMap((line) => {
    const [, id, section, server] = /^(0x[0-9a-f]+): .* be=(\S+) srv=(\S+) /.exec(line) ?? [];
    if (id === undefined || section === undefined || server === undefined) return [];
    const listener = portOfSection(section);
    return listener === undefined ? [] : [{ id, listener, server }];
  });
}
