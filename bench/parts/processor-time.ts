import type { LabNode, LabProxy } from "../../test/lab/index.ts";

/** Processor time since the start, user's and system's, in milliseconds. */
export type ProcessorMs = { readonly haproxy: number; readonly agent: number };

/**
 * Of every process whose command line names the directory ($0), and of the one that has it in its environment as STATE_DIR:
 * two sums of ticks.
 */
const script = `
haproxy=0; agent=0
for each in /proc/[0-9]*; do
  command=$(tr '\\0' ' ' < $each/cmdline 2>/dev/null) || continue
  set -- $(sed 's/.*) //' $each/stat 2>/dev/null) || continue
  case $command in
    haproxy*$0/*|*/haproxy*$0/*) haproxy=$((haproxy + \${12:-0} + \${13:-0})) ;;
    *proxy-agent*) tr '\\0' '\\n' < $each/environ | grep -qxF "STATE_DIR=$0" && agent=$((agent + \${12:-0} + \${13:-0})) ;;
  esac
done
echo $haproxy $agent $(getconf CLK_TCK)`;

/** Asks the kernel what a proxy's HAProxy, all its workers, and its agent have used. */
export async function processorTimeOf({ run }: Pick<LabNode, "run">, { stateDir }: LabProxy): Promise<ProcessorMs> {
  const [haproxy = 0, agent = 0, ticks = 100] = (await run("sh", "-c", script, stateDir)).split(" ").map(Number);
  return { haproxy: (haproxy * 1000) / ticks, agent: (agent * 1000) / ticks };
}
