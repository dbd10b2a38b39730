import { readdir, readFile } from "node:fs/promises";
import type { AgentFacts } from "@fairway/contract";
import type { AgentState } from "../status/agent-state.ts";

/** What an agent says of itself and of its HAProxy. */
export async function agentFacts({ node: { node }, proxy, version, haproxy }: AgentState): Promise<AgentFacts> {
  const running = haproxy && { ...haproxy, openFiles: await openFilesOf(haproxy.pid) };
  return { node, proxy, version, haproxy: running ?? null };
}

/** Of HAProxy's worker; null where it is not in view, as in another process namespace. */
export async function openFilesOf(pid: number): Promise<{ limit: number; used: number } | null> {
  const of = `/proc/${pid}`;
  try {
    if ((await readFile(`${of}/comm`, "utf8")).trim() !== "haproxy") return null;
    const [limits, files] = await Promise.all([readFile(`${of}/limits`, "utf8"), readdir(`${of}/fd`)]);
    const limit = Number(/^Max open files\s+([0-9]+)/m.exec(limits)?.[1]);
    return Number.isNaN(limit) ? null : { limit, used: files.length };
  } catch {
    return null;
  }
}
