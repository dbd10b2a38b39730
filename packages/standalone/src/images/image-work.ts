import { run } from "../processes/run.ts";

/** What building images works with. */
export type ImageWork = {
  /** The clone. */
  readonly root: string;
  /** `docker`, with the options that name the engine. */
  readonly docker: readonly [string, ...string[]];
  /** Keeps what is worth to be found again. */
  readonly directory: string;
  readonly logs: string;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
};

/** Id of an image on the engine; undefined: it has none of this name. */
export async function imageId(docker: ImageWork["docker"], name: string): Promise<string | undefined> {
  return run([...docker, "image", "inspect", "--format", "{{.Id}}", name]).catch(() => undefined);
}
