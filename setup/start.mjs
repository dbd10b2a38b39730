import { setUp, stopSignal } from "./set-up.mjs";

const { signal, release } = stopSignal();
await setUp({ build: true, signal });
// In this process, so that whoever signals it reaches what runs.
const { start } = await import("../packages/standalone/dist/main.js");
release();
await start();
