import { ask } from "@fairway/standalone";
import { eventually } from "./client.ts";
import type { Stage } from "./stage.ts";

/**
 * Resolves once the worker asks nobody for its tables any more: it was told, or gave up. HAProxy 2.6 hands on what it
 * counted only then, ten seconds after its start when nobody told it.
 */
export function tablesSettled({ paths }: Stage): Promise<void> {
  const isSettled = async () => {
    const [, flags = "0"] =
      / id=fairway disabled=0 flags=0x([0-9a-f]+) /.exec(await ask(paths.socket, "show peers")) ?? [];
    return (Number.parseInt(flags, 16) & 3) === 3;
  };
  return eventually("the worker has its tables", isSettled, 30_000);
}
