import { parseArgs } from "node:util";
import { createLab } from "../lab/index.ts";
import { chaos } from "./chaos.ts";
import { chaosLab, drawnSeed } from "./chaos-lab.ts";

/** `npm run test:chaos -- [--seconds N] [--seed N]`. */

const { values } = parseArgs({ options: { seconds: { type: "string" }, seed: { type: "string" } } });
const seconds = Number(values.seconds ?? 300);
const seed = Number(values.seed ?? drawnSeed());
if (!Number.isFinite(seconds) || !Number.isInteger(seed)) throw new Error("--seconds and --seed take numbers");

const say = (line: string) => console.log(line);
say(`chaos for ${seconds} s with seed ${seed}`);
const lab = await createLab(chaosLab);
try {
  await chaos(lab, { seed, seconds, say });
} finally {
  lab.dispose();
}
process.exit();
