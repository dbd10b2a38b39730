import { setUp, stopSignal } from "./set-up.mjs";

const { signal, release } = stopSignal();
await setUp({ build: true, signal });
// In this process, so that whoever signals it reaches what runs.
const { start } = await import("../packages/standalone/dist/main.js");
if (signal.aborted) process.exit(130);
release();
await start();
