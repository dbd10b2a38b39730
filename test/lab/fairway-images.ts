import { fileURLToPath } from "node:url";
import { ensureImagesTar, imagePlaces, isBundled, run } from "@fairway/standalone";

const root = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");

let making: Promise<string> | undefined;

/** The tar of fairway/registrar, fairway/proxy-agent and fairway/etcd, of the working tree as it stands. */
export async function fairwayImagesTar(): Promise<string> {
  making ??= makeTar();
  return making;
}

/** Gives an engine those images. */
export async function loadFairwayImages(dockerHost: string): Promise<void> {
  await run(["docker", "--host", dockerHost, "load", "--quiet", "--input", await fairwayImagesTar()]);
}

/** Quick when `npm run images -- --save` has made it of the same. */
async function makeTar(): Promise<string> {
  // The bundles are what is in the images.
  if (!isBundled("registrar") || !isBundled("proxy-agent"))
    await run(["npm", "run", "build", "--silent", "--prefix", root]);
  const { signal } = new AbortController();
  const { tar } = await ensureImagesTar({ ...imagePlaces(root), say: (line) => console.log(line), signal });
  return tar;
}
