import type { IncomingMessage } from "node:http";
import { proxyHeader } from "@fairway/contract";
import {
  type AgentsOptions,
  type AskedProxy,
  isFrom,
  reasonAgainst,
  remoteQuestion,
  type Unasked,
  whyNot,
} from "../agents/agents.ts";
import { openLasting, type OpenAnswer } from "../agents/ask-http.ts";

/** The log of one proxy's agent, open to be read. `name`: `<node>/<proxy>`, not safe to show. */
export type OpenLog = { readonly name: string; readonly body: IncomingMessage; readonly close: () => void };

/** Logs that were opened, proxies that keep none, and who was not asked. */
export type OpenLogs = {
  readonly logs: readonly OpenLog[];
  readonly without: readonly string[];
  readonly unasked: readonly Unasked[];
};

/** Logs that are read at a time at most. */
const mostLogs = 128;

/** What an agent answers whose proxy logs nothing for it. */
const hasNone = 409;

/**
 * Opens the logs of these proxies at a path: of agents of this machine at their admin addresses, whether they are among
 * these proxies or not, and of others at their API_LISTEN. All are closed when the signal aborts.
 */
export async function openLogs(
  path: string,
  { local, credentials }: AgentsOptions,
  { proxies, end }: { readonly proxies: readonly AskedProxy[]; readonly end: AbortSignal },
): Promise<OpenLogs> {
  const near = (await Promise.all(local.map((address) => openLocal(path, address, end)))).flat();
  const rest = proxies.filter(({ name }) => !near.some((each) => each.name === name));
  const asked = rest.slice(0, Math.max(mostLogs - near.length, 0));
  const far = await Promise.all(asked.map((proxy) => openRemote(path, proxy, { credentials, end })));
  const all = [...firstOfEach(near), ...far];
  const tooMany = rest
    .slice(asked.length)
    .map(({ name: proxy }) => ({ proxy, reason: `more than ${mostLogs} proxies` }));
  return {
    logs: all.flatMap((each) => ("body" in each ? [each] : [])),
    without: all.flatMap((each) => ("isWithout" in each ? [each.name] : [])),
    unasked: [
      ...all.flatMap((each) => ("reason" in each ? [{ proxy: each.name, reason: each.reason }] : [])),
      ...tooMany,
    ],
  };
}

type Opened = OpenLog | { readonly name: string; readonly isWithout: true };

/** Nobody there, or another program, is no error. */
async function openLocal(path: string, address: string, end: AbortSignal): Promise<readonly Opened[]> {
  try {
    const answer = await openLasting({ url: new URL(path, `http://${address}`) }, end);
    const name = nameIn(answer.response.headers[proxyHeader.toLowerCase()]);
    return name === undefined ? closed(answer, []) : [opened(name, answer)].flat();
  } catch {
    return [];
  }
}

async function openRemote(
  path: string,
  { name, api }: AskedProxy,
  { credentials, end }: Pick<AgentsOptions, "credentials"> & { readonly end: AbortSignal },
): Promise<Opened | { readonly name: string; readonly reason: string }> {
  const question = remoteQuestion(path, api, credentials);
  if (typeof question === "string") return { name, reason: question };
  try {
    const answer = await openLasting(question, end);
    const { statusCode: status = 0, headers } = answer.response;
    const [log] = isFrom(name, headers) ? opened(name, answer) : [];
    if (log !== undefined) return log;
    return closed(answer, { name, reason: reasonAgainst(name, { status, headers }) ?? "its answer cannot be read" });
  } catch (error) {
    return { name, reason: whyNot(error) };
  }
}

function opened(name: string, { response, close }: OpenAnswer): readonly Opened[] {
  if (response.statusCode === 200) return [{ name, body: response, close }];
  return closed({ close }, response.statusCode === hasNone ? [{ name, isWithout: true } as const] : []);
}

function closed<T>({ close }: Pick<OpenAnswer, "close">, answer: T): T {
  close();
  return answer;
}

/** One agent may answer at several addresses. */
function firstOfEach(logs: readonly Opened[]): readonly Opened[] {
  const first = new Map<string, Opened>();
  for (const each of logs) {
    const before = first.get(each.name);
    if (before === undefined) first.set(each.name, each);
    else if ("close" in each) each.close();
  }
  return [...first.values()];
}

function nameIn(header: string | readonly string[] | undefined): string | undefined {
  if (typeof header !== "string") return undefined;
  try {
    return decodeURIComponent(header);
  } catch {
    return undefined;
  }
}
