import type { LabNode, LabProgram } from "../lab/index.ts";
import type { Fault } from "./fault.ts";

const longestMs = 8000;

/** Deaths and sleeps of a node's programs, and of its HAProxy. */
export function programFaults(node: LabNode): readonly Fault[] {
  const { name, agent, registrar, stateDir, run } = node;
  const haproxy = (which: "--oldest" | "--newest", word: string): Fault => ({
    name: `${word} of ${name}'s HAProxy is killed`,
    of: `haproxy of ${name}`,
    longestMs: 0,
    // None runs while its agent is away after an earlier fault.
    begin: () => run("pkill", "-KILL", which, "--full", `haproxy .*${stateDir}/`).catch(() => undefined),
    end: () => Promise.resolve(),
  });
  return [
    ...faultsOf(`agent of ${name}`, agent),
    ...faultsOf(`registrar of ${name}`, registrar),
    haproxy("--oldest", "the master"),
    haproxy("--newest", "a worker"),
  ];
}

function faultsOf(of: string, program: LabProgram): readonly Fault[] {
  const ends = (["SIGKILL", "SIGTERM"] as const).map((signal): Fault => {
    return {
      name: `${of} ends by ${signal}`,
      of,
      longestMs,
      begin: () => program.signal(signal),
      // Without waiting: its node may be cut off from us.
      end: () => Promise.resolve(program.launch()),
    };
  });
  const sleeps: Fault = {
    name: `${of} stands still`,
    of,
    longestMs,
    begin: () => program.signal("SIGSTOP"),
    end: () => program.signal("SIGCONT"),
  };
  return [...ends, sleeps];
}
