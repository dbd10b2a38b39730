import { exitCode } from "@fairway/program";
import type { Routed } from "@fairway/proxy-agent";

/** With which code the answer to `fairway why` ends it. */
export const codeOf: Readonly<Record<Routed, number>> = {
  everywhere: exitCode.stopped,
  partly: exitCode.partly,
  nowhere: exitCode.no,
};
