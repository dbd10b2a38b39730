import { mkdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { CommandFailed, run } from "../processes/run.ts";
import { runLogged } from "../processes/run-logged.ts";
import { imageId, type ImageWork } from "./image-work.ts";

/** The image that all others begin with. */
export type BaseImage = { readonly name: string; readonly id: string };

const published = "debian:trixie-slim";

/** Made here where no registry of images is within reach; under a name of its own, as it is not Debian's image. */
const own = "fairway/base:trixie";

/** The base image on the engine: as it is there, else pulled, else made of Debian's packages with mmdebstrap. */
export async function ensureBase(work: ImageWork): Promise<BaseImage> {
  const { docker, say, signal } = work;
  const there = await baseOn(docker);
  if (there !== undefined) return there;
  say(`pulling ${published}`);
  const refusal = await refusalOf(run([...docker, "pull", "--quiet", published], { signal }));
  signal.throwIfAborted();
  if (refusal === undefined) return { name: published, id: (await imageId(docker, published)) ?? "" };
  say(`it cannot be pulled: ${refusal}`);
  await run([...docker, "import", await baseTar(work), own], { signal });
  return { name: own, id: (await imageId(docker, own)) ?? "" };
}

/** The base image as the engine has it; undefined: it has none. */
export async function baseOn(docker: ImageWork["docker"]): Promise<BaseImage | undefined> {
  for (const name of [published, own]) {
    const id = await imageId(docker, name);
    if (id !== undefined) return { name, id };
  }
  return undefined;
}

/** What the engine says against it; undefined: nothing. */
async function refusalOf(answer: Promise<unknown>): Promise<string | undefined> {
  try {
    await answer;
    return undefined;
  } catch (error) {
    return error instanceof CommandFailed ? error.stderr.trim() : String(error);
  }
}

/** What Debian's slim images leave out. */
const leftOut = ["doc", "info", "lintian", "locale", "man"].map((each) => `path-exclude=/usr/share/${each}/*`);
const slim = [...leftOut, "path-include=/usr/share/doc/*/copyright"].map((each) => `--dpkgopt=${each}`);

/** Made once and found again. */
async function baseTar({ directory, logs, say, signal }: ImageWork): Promise<string> {
  const tar = join(directory, "base-trixie.tar");
  if (await stat(tar).catch(() => undefined)) return tar;
  await run(["mmdebstrap", "--version"]).catch(() => {
    throw new Error(`${published} can neither be pulled nor made here: as root, apt-get install mmdebstrap`);
  });
  say("making it of Debian's packages with mmdebstrap, which takes a minute or two");
  await mkdir(directory, { recursive: true });
  const making = `${tar}.${process.pid}`;
  const options = ["--format=tar", "--variant=minbase", "--include=ca-certificates", ...slim];
  const command = ["mmdebstrap", ...options, "trixie", making];
  const reproducible = { SOURCE_DATE_EPOCH: "0" };
  try {
    await runLogged({ name: "mmdebstrap", command, env: reproducible, logFile: join(logs, "mmdebstrap.log") }, signal);
    await rename(making, tar);
  } finally {
    await rm(making, { force: true });
  }
  return tar;
}
