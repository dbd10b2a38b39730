import { askedFor } from "./arguments.mjs";
import { setUp, stopSignal } from "./set-up.mjs";

const asked = askedFor(process.argv.slice(2));
const { signal, release } = stopSignal();
await setUp({ build: true, programs: asked === "start", signal });
// In this process, so that whoever signals it reaches what runs.
const { help, start } = await import("../packages/standalone/dist/main.js");
if (signal.aborted) process.exit(130);
release();
if (asked === "help") help();
else await start();
