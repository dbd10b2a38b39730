import type { ServerCommand } from "@fairway/haproxy";
import type { Running } from "../plan/running.ts";

/**
 * HAProxy finds a server of a listener by walking all of them, so many additions to one listener cost the square of
 * their number: 2,000 took 0.25 s, 5,000 1.6 s and 10,000 15 s (2.6.12), a reload with 10,000 servers 0.6 s.
 */
const mostSteps = 5_000_000;

/** Why a reload is the quicker way for so many additions; undefined: it is not. */
export function bulkReason({ listeners }: Running, commands: readonly ServerCommand[]): string | undefined {
  const added = new Map<number, number>();
  for (const command of commands) {
    if (command.do === "add") added.set(command.listener, (added.get(command.listener) ?? 0) + 1);
  }
  const steps = [...added].map(([port, count]) => count * ((listeners.get(port)?.servers.length ?? 0) + count / 2));
  if (steps.reduce((sum, each) => sum + each, 0) <= mostSteps) return undefined;
  return `${commands.length} servers change at once, which HAProxy takes longer for than for a reload`;
}
