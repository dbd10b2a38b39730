import { runFromCommandLine } from "../seeded-run.ts";
import { chaosLab } from "./chaos-lab.ts";
import { chaos } from "./chaos.ts";

/** `npm run test:chaos -- [--seconds N] [--seed N]`. */
await runFromCommandLine("chaos", chaosLab, chaos);
process.exit();
