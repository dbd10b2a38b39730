import { run } from "@fairway/standalone";
import { createLab } from "./lab.ts";
import type { Lab, LabOptions } from "./lab.ts";
import type { LabNode } from "./node.ts";

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
      printEnd(`${program} of ${node.name}`, await node[program].log().catch(() => ""));
    }
    for (const agent of node.moreAgents) printEnd(`another agent of ${node.name}`, await agent.log().catch(() => ""));
    await printContainers(node);
  }
}

/** Of the containers that run our own images, also those that have ended. */
async function printContainers({ name, dockerHost, docker }: LabNode): Promise<void> {
  const all = await docker("ps", "--all", "--format", "{{.Names}} {{.Image}} {{.Status}}").catch(() => "");
  for (const container of all.split("\n").filter((line) => line.includes(" fairway/"))) {
    const both = 'docker --host "$0" logs --tail "$1" "$2" 2>&1';
    const log = await run(["sh", "-c", both, dockerHost, `${lastLines}`, container.split(" ")[0] ?? ""]).catch(
      () => "",
    );
    printEnd(`${container} on ${name}`, log);
  }
}

function printEnd(title: string, log: string): void {
  if (log !== "") console.log([`--- ${title}`, ...log.trimEnd().split("\n").slice(-lastLines)].join("\n"));
}
