import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { sourceRunner } from "@fairway/standalone";
import { spawnProbe } from "../../test/lab/probes/spawn-probe.ts";
import type { Question } from "./ask-by-name.ts";
import type { NamedServer } from "./named-services.ts";

/** New TLS connections at a fixed rate, to names in turn. */
export type ClientsFacts = Omit<Question, "name"> & {
  readonly servers: readonly NamedServer[];
  readonly perSecond: number;
  readonly seconds: number;
  /** A machine that is too slow for so many a second opens no more than these at a time, and fewer a second. */
  readonly mostAtOnce: number;
};

/** What became of them: how many failed, by kind. */
export type ClientsResult = {
  readonly started: number;
  readonly failures: Readonly<Record<string, number>>;
  /** How long each took that did not fail, ms. */
  readonly tookMs: readonly number[];
};

/** They are several, as one takes some 2 ms of a processor for each handshake. */
const processes = 2;

/** Clients that begin when they are told to. */
export type Clients = { readonly run: () => Promise<ClientsResult> };

/** Starts clients on a node, in processes of their own; resolves when all are there. */
export async function startClients(wrapper: readonly string[], facts: ClientsFacts): Promise<Clients> {
  const script = fileURLToPath(new URL("named-clients-process.ts", import.meta.url));
  const share = { perSecond: facts.perSecond / processes, mostAtOnce: facts.mostAtOnce / processes };
  const own = JSON.stringify({ ...facts, ...share });
  const children = Array.from({ length: processes }, () => spawnProbe([...wrapper, ...sourceRunner(), script, own]));
  await Promise.all(children.map((child) => once(child.stdout, "readable")));
  const run = async () => {
    const results = children.map(async ({ stdin, stdout }) => {
      stdin.end();
      return JSON.parse((await text(stdout)).trim().split("\n").at(-1) ?? "") as ClientsResult;
    });
    return sumOf(await Promise.all(results));
  };
  return { run };
}

function sumOf(results: readonly ClientsResult[]): ClientsResult {
  const failures: Record<string, number> = {};
  for (const result of results) {
    for (const [kind, count] of Object.entries(result.failures)) failures[kind] = (failures[kind] ?? 0) + count;
  }
  return {
    started: results.reduce((sum, { started }) => sum + started, 0),
    failures,
    tookMs: results.flatMap(({ tookMs }) => tookMs),
  };
}
