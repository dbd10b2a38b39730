import { createLab } from "./lab.ts";
import type { Lab, LabOptions } from "./lab.ts";

const lastLines = 20;

/**
 * A lab for the tests of one `describe`: built before them, removed after them. When a test fails, the end of every
 * program's log is printed, as the logs go with the lab.
 */
export function useLab(options: LabOptions = {}): () => Lab {
  let lab: Lab | undefined;
  before(async function () {
    // Images are built when `npm test` has not done so.
    this.timeout(options.images === true ? 600_000 : 120_000);
    lab = await createLab(options);
  });
  afterEach(async function () {
    if (this.currentTest?.state === "failed" && lab !== undefined) await printLogs(lab);
  });
  after(() => lab?.dispose());
  return () => {
    if (lab === undefined) throw new Error("the lab is built before the first test, and not there yet");
    return lab;
  };
}

async function printLogs({ nodes }: Lab): Promise<void> {
  for (const node of nodes) {
    for (const program of ["registrar", "agent"] as const) {
      const lines = (await node[program].log().catch(() => "")).trimEnd().split("\n");
      console.log([`--- ${program} of ${node.name}`, ...lines.slice(-lastLines)].join("\n"));
    }
  }
}
