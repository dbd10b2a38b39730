import { root, show } from "./command.mjs";
import { enclosure } from "./enclosure.mjs";
import { setUp, stopSignal } from "./set-up.mjs";
import { join } from "node:path";

const { signal } = stopSignal();
await setUp({ build: true, signal });

const flags = ["--conditions=source", "--import=tsx"];
const { command: enclosed, env } = enclosure("bench");
const bench = [process.execPath, ...flags, join(root, "bench/main.ts"), ...process.argv.slice(2)];
process.exitCode = await show(enclosed(bench), { signal, env });
