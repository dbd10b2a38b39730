import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { spawnProbe } from "./spawn-probe.ts";

/** What new connections an open loop makes. */
export type OpenLoopFacts = {
  readonly host: string;
  readonly port: number;
  readonly perSecond: number;
  /** No more than these. (until it is stopped) */
  readonly total?: number;
  /** What stands before the command: a node's `wrapper` makes the load come from that node. (this machine) */
  readonly wrapper?: readonly string[];
};

/** What became of the connections. One has succeeded when a redis answered over it. */
export type OpenLoopResult = {
  readonly started: number;
  readonly succeeded: number;
  /** When each failed connection was begun, in milliseconds from the first and since 1970, and how it failed. */
  readonly failures: readonly { readonly atMs: number; readonly begunMs: number; readonly reason: string }[];
  /** The longest that a successful one took, in milliseconds. */
  readonly worstMs: number;
  /** When the last connection was begun that each {@link namedRedis} answered, by name; ms since 1970. */
  readonly lastBegunMs: Readonly<Record<string, number>>;
};

/** Load that runs until it is stopped, or has made all its connections. */
export type OpenLoop = {
  readonly stop: () => Promise<OpenLoopResult>;
  /** Waits until all connections were made, instead of stopping it. */
  readonly done: () => Promise<OpenLoopResult>;
};

let compiling: Promise<string> | undefined;

/** A script with what it imports, as plain JavaScript: compiled once, where each process would do it anew. */
async function compile(script: string): Promise<string> {
  const compiled = { bundle: true, platform: "node", format: "esm", write: false } as const;
  const { outputFiles } = await build({ entryPoints: [script], ...compiled });
  return outputFiles[0]?.text ?? "";
}

/**
 * Opens new connections at a fixed rate, whether or not earlier ones are stuck: a prober that waits for a stuck one
 * hides it. In a process of its own, so that the test's own work delays nothing. Resolves when it has begun.
 */
export async function openLoop({ wrapper = [], ...facts }: OpenLoopFacts): Promise<OpenLoop> {
  compiling ??= compile(fileURLToPath(new URL("open-loop-process.ts", import.meta.url)));
  const node = [process.execPath, "--input-type=module", "--eval", await compiling];
  const child = spawnProbe([...wrapper, ...node, JSON.stringify(facts)]);
  await once(child.stdout, "readable");
  const done = async () => {
    const lines = (await text(child.stdout)).trim().split("\n");
    return JSON.parse(lines.at(-1) ?? "") as OpenLoopResult;
  };
  const stop = () => {
    child.stdin.end();
    return done();
  };
  return { stop, done };
}
