import { readdirSync, readFileSync } from "node:fs";
import { connect } from "node:net";
import { type ListenAddress, listenText, reasonOf } from "@fairway/contract";
import { z } from "zod";
import type { EndpointItem } from "../resources/endpoints.ts";
import { askHttp } from "./ask-http.ts";
import type { Gathered, Reached, Written } from "./gathered.ts";

const statusSchema = z.object({
  proxy: z.string(),
  node: z.object({ name: z.string() }),
  haproxy: z.object({ pid: z.int() }).nullish(),
});

/** Asks the agents of this machine by their admin addresses. Nobody there is no error. */
export async function askAgents(adminListen: ListenAddress): Promise<Pick<Gathered, "asked" | "files">> {
  const addresses = [...new Set([listenText(adminListen), "127.0.0.1:7381"])];
  const answers = await Promise.all(
    addresses.map(async (address) => {
      try {
        const status: unknown = JSON.parse(await askHttp({ url: new URL(`http://${address}/status`) }));
        return [statusSchema.parse(status)];
      } catch {
        return [];
      }
    }),
  );
  const agents = answers
    .flat()
    .map(({ proxy, node, haproxy }) => ({ name: `${node.name}/${proxy}`, pid: haproxy?.pid }));
  return {
    asked: agents.map(({ name }) => name),
    files: agents.flatMap(({ name, pid }) => (pid === undefined ? [] : filesOf(name, pid))),
  };
}

/** Nothing where its process is not in view. */
function filesOf(proxy: string, pid: number): Gathered["files"] {
  try {
    if (readFileSync(`/proc/${pid}/comm`, "utf8").trim() !== "haproxy") return [];
    const limit = Number(/^Max open files\s+([0-9]+)/m.exec(readFileSync(`/proc/${pid}/limits`, "utf8"))?.[1]);
    const used = readdirSync(`/proc/${pid}/fd`).length;
    return Number.isNaN(limit) ? [] : [{ proxy, limit, used }];
  } catch {
    return [];
  }
}

/** How long an address has to accept when `fairway doctor` tries it. */
const patienceMs = 2000;

/** Connects to one published port of each node that has some. */
export function tryNodes(endpoints: readonly EndpointItem[]): Promise<readonly Reached[]> {
  const tried = new Map<string, { readonly ip: string; readonly port: number }>();
  for (const { node, state, addresses } of endpoints) {
    const address = state === "ready" && !tried.has(node) ? addresses.find(({ via }) => via === "node") : undefined;
    if (address !== undefined) tried.set(node, address);
  }
  return Promise.all([...tried].map(([node, { ip, port }]) => tryOne(node, ip, port)));
}

function tryOne(node: string, host: string, port: number): Promise<Reached> {
  const address = listenText({ host, port });
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (reason: string) => {
      socket.destroy();
      resolve({ node, address, ok: reason === "", reason });
    };
    socket.setTimeout(patienceMs, () => end(`no answer within ${patienceMs / 1000} s`));
    socket.on("connect", () => end(""));
    socket.on("error", (error) => end(reasonOf(error)));
  });
}

/** Of each node the record with the latest time. */
export function latestWritten(written: readonly Written[]): readonly Written[] {
  const latest = new Map<string, Written>();
  for (const each of written)
    if (!(each.atMs <= (latest.get(each.node)?.atMs ?? -Infinity))) latest.set(each.node, each);
  return [...latest.values()];
}
