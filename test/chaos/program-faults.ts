import type { LabNode, LabProgram } from "../lab/index.ts";
import type { Fault } from "./fault.ts";

const longestMs = 8000;

const jumpingClock = `--import=${new URL("../jumping-clock.mjs", import.meta.url).href}`;

/** Deaths and sleeps of a node's programs, and of its HAProxy. */
export function programFaults(node: LabNode): readonly Fault[] {
  const { name, agent, registrar, stateDir, run } = node;
  const pattern = `haproxy .*${stateDir}/`;
  const haproxy = (which: "--oldest" | "--newest", word: string): Fault => ({
    name: `${word} of ${name}'s HAProxy is killed`,
    of: `haproxy of ${name}`,
    longestMs: 0,
    // None runs while its agent is away after an earlier fault.
    begin: () => run("pkill", "-KILL", which, "--full", pattern).catch(() => undefined),
    end: () => Promise.resolve(),
  });
  const frozenMaster: Fault = {
    name: `the master of ${name}'s HAProxy stands still`,
    of: `haproxy of ${name}`,
    isForLongRuns: true,
    longestMs,
    begin: () => run("pkill", "-STOP", "--oldest", "--full", pattern).catch(() => undefined),
    end: () => run("pkill", "-CONT", "--full", pattern).catch(() => undefined),
  };
  return [
    frozenMaster,
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
  const jumps: Fault = {
    name: `the clock of ${of} jumps by days`,
    of,
    isForLongRuns: true,
    longestMs,
    begin: () => startAgain(program, { NODE_OPTIONS: jumpingClock }),
    end: () => startAgain(program, { NODE_OPTIONS: "" }),
  };
  return [...ends, sleeps, jumps];
}

/** Without waiting: its node may be cut off from us. */
async function startAgain(program: LabProgram, env: Readonly<Record<string, string>>): Promise<void> {
  await program.signal("SIGKILL");
  program.launch(env);
}
