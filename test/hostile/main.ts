import { runFromCommandLine } from "../seeded-run.ts";
import { beHostile, hostileLab } from "./hostile.ts";

/** `npm run test:hostile -- [--seconds N] [--seed N]`. */
await runFromCommandLine("strangers", hostileLab, beHostile);
process.exit();
