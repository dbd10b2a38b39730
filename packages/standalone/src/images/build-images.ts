import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { run } from "../processes/run.ts";
import { runLogged } from "../processes/run-logged.ts";
import { ensureBase } from "./base-image.ts";
import type { BaseImage } from "./base-image.ts";
import { layOutContext } from "./context.ts";
import type { ImageWork } from "./image-work.ts";
import { inputsOf, recipes } from "./recipes.ts";
import type { Recipe } from "./recipes.ts";

/** An image on the engine. */
export type BuiltImage = {
  readonly name: string;
  readonly version: string;
  readonly sizeMb: number;
  /** False: it was there, made of the same. */
  readonly isNew: boolean;
};

/** Says what an image was made of. */
const inputsLabel = "dev.fairway.inputs";

/** Sees to it that the engine has every image as the clone says, tagged `latest` and with the clone's version. */
export async function buildImages(work: ImageWork): Promise<readonly BuiltImage[]> {
  const { version } = JSON.parse(await readFile(join(work.root, "package.json"), "utf8")) as { version: string };
  const base = await ensureBase(work);
  const built: BuiltImage[] = [];
  // One after another: they share their first layers.
  for (const recipe of recipes) built.push(await ensureImage(work, { recipe, base, version }));
  return built;
}

type Wanted = { readonly recipe: Recipe; readonly base: BaseImage; readonly version: string };

async function ensureImage(work: ImageWork, { recipe, base, version }: Wanted): Promise<BuiltImage> {
  const { docker, root, say } = work;
  const { name } = recipe;
  const label = `${inputsLabel}=${await inputsOf(recipe, root)}.${base.id.replace("sha256:", "").slice(0, 16)}`;
  const question = [...docker, "images", "--quiet", "--filter", `label=${label}`, `${name}:latest`] as const;
  const isNew = (await run(question)) === "";
  if (isNew) {
    say(`building ${name}`);
    await build(work, { recipe, base, version }, label);
  }
  await run([...docker, "tag", `${name}:latest`, `${name}:${version}`]);
  const size = await run([...docker, "image", "inspect", "--format", "{{.Size}}", `${name}:latest`]);
  return { name, version, sizeMb: Math.round(Number(size) / 1e6), isNew };
}

async function build(work: ImageWork, { recipe, base, version }: Wanted, inputs: string): Promise<void> {
  const { docker, root, directory, logs, signal } = work;
  const context = join(directory, "contexts", recipe.folder);
  await layOutContext(recipe, root, context);
  const options = ["--network", "host", "--build-arg", `BASE=${base.name}`, "--tag", `${recipe.name}:latest`];
  const labels = [inputs, `org.opencontainers.image.version=${version}`].flatMap((label) => ["--label", label]);
  const command = [...docker, "build", ...options, ...labels, context];
  await runLogged(
    { name: `building ${recipe.name}`, command, logFile: join(logs, `image-${recipe.folder}.log`) },
    signal,
  );
}
