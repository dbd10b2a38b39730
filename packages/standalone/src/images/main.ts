import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { exitCode, ProgramExit } from "@fairway/program";
import { CommandFailed, run } from "../processes/run.ts";
import { buildImages } from "./build-images.ts";
import { ensureImagesTar, imagePlaces } from "./ensure-tar.ts";
import { imageTable } from "./image-table.ts";

const root = fileURLToPath(new URL("../../../..", import.meta.url)).replace(/\/$/, "");

/**
 * The main job of `npm run images`: the images on the engine that the docker command is set to, or with `--save` a tar
 * of them. Returns the exit code.
 */
export async function makeImages(args: readonly string[], signal: AbortSignal): Promise<number> {
  try {
    if (args.length === 0) await onEngine(signal);
    else if (args.join() === "--save") await intoTar(signal);
    else throw new ProgramExit(exitCode.setting, [`unknown arguments: ${args.join(" ")}; there is --save alone`]);
    return exitCode.stopped;
  } catch (error) {
    if (signal.aborted) return exitCode.environment;
    const lines = error instanceof ProgramExit ? error.lines : [error instanceof Error ? error.message : String(error)];
    for (const line of lines) console.error(line);
    return error instanceof ProgramExit ? error.code : exitCode.environment;
  }
}

async function onEngine(signal: AbortSignal): Promise<void> {
  const docker = ["docker"] as const;
  say(`using the Docker engine ${await engineName(docker)}`);
  const places = imagePlaces(root);
  await mkdir(places.logs, { recursive: true });
  say(imageTable(await buildImages({ ...places, docker, say, signal })));
}

async function intoTar(signal: AbortSignal): Promise<void> {
  const { tar, built } = await ensureImagesTar({ ...imagePlaces(root), say, signal });
  if (built.length > 0) say(imageTable(built));
  say(`docker load --input ${tar}`);
}

async function engineName(docker: readonly [string, ...string[]]): Promise<string> {
  const question = [
    ...docker,
    "info",
    "--format",
    "{{.Name}} ({{.ServerVersion}}, {{.OSType}}/{{.Architecture}})",
  ] as const;
  return run(question, { timeoutMs: 10_000 }).catch((error: unknown) => {
    const reason = error instanceof CommandFailed ? error.stderr.trim() : String(error);
    throw new ProgramExit(exitCode.environment, [`no Docker engine answers: ${reason}`, ...advice]);
  });
}

const advice = [
  "Start the machine's, or name another one:",
  "  sudo systemctl start docker",
  "  DOCKER_HOST=unix:///path/to/docker.sock npm run images",
  "or build with an engine that is started for it alone, into a tar for `docker load` (as root):",
  "  npm run images -- --save",
];

function say(line: string): void {
  console.log(line);
}
