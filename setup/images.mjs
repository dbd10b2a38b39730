import { setUp, stopSignal } from "./set-up.mjs";

const { signal } = stopSignal();
await setUp({ build: true, images: true, signal });
const { makeImages } = await import("../packages/standalone/dist/images/main.js");
process.exitCode = signal.aborted ? 130 : await makeImages(process.argv.slice(2), signal);
