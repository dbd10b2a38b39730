import { randomInt } from "node:crypto";
import { parseArgs } from "node:util";
import { createLab, type Lab, type LabOptions } from "./lab/index.ts";

/** What a run that chance decides is given: for how long, by which numbers, and who hears of each step. */
export type SeededRun = { readonly seed: number; readonly seconds: number; readonly say: (line: string) => void };

/** A run of a test, which says how to have it again, and each step once it has failed. */
export async function runDrawn(
  { script, seconds }: { readonly script: string; readonly seconds: number },
  act: (run: SeededRun) => Promise<void>,
): Promise<void> {
  const seed = drawnSeed();
  console.log(`${seconds} s of chance; again: npm run ${script} -- --seconds ${seconds} --seed ${seed}`);
  const told: string[] = [];
  try {
    await act({ seed, seconds, say: (line) => void told.push(line) });
  } catch (error) {
    console.log(told.join("\n"));
    throw error;
  }
}

/** A seed that nobody chose. */
function drawnSeed(): number {
  return randomInt(2 ** 32);
}

/** A run in a lab of its own, as the command line's `[--seconds N] [--seed N]` say: 300 s and a drawn seed otherwise. */
export async function runFromCommandLine(
  name: string,
  options: LabOptions,
  act: (lab: Lab, run: SeededRun) => Promise<void>,
): Promise<void> {
  const { values } = parseArgs({ options: { seconds: { type: "string" }, seed: { type: "string" } } });
  const seconds = Number(values.seconds ?? 300);
  const seed = Number(values.seed ?? drawnSeed());
  if (!Number.isFinite(seconds) || !Number.isInteger(seed)) throw new Error("--seconds and --seed take numbers");
  const say = (line: string) => console.log(line);
  say(`${name} for ${seconds} s with seed ${seed}`);
  const lab = await createLab(options);
  try {
    await act(lab, { seed, seconds, say });
  } finally {
    lab.dispose();
  }
}
