import {
  type agentApi,
  type CommandSettings,
  proxyHeader,
  proxyHeaderText,
  reasonOf,
  shown,
  tokenIn,
} from "@fairway/contract";
import { exitCode, ProgramExit, readSettingFile } from "@fairway/program";
import type { z } from "zod";
import { askWhole, type HttpAnswer, type HttpQuestion } from "./ask-http.ts";

/** One question to agents: where it is answered, and how. */
export type AgentQuestion<T = unknown> = { readonly path: string; readonly schema: z.ZodType<T> };

/** What agents answer to one of {@link agentApi}. */
export type AnswerTo<Name extends keyof typeof agentApi> = z.output<(typeof agentApi)[Name]["schema"]>;

/** A proxy, and where its agent answers other machines. */
export type AskedProxy = {
  readonly name: string;
  readonly api?: { readonly ip: string; readonly port: number } | undefined;
};

/** A proxy whose agent did not answer, and why. */
export type Unasked = { readonly proxy: string; readonly reason: string };

/** Answers by the proxies' names, and who gave none, in the order of the question. */
export type AgentAnswers<T> = { readonly answers: ReadonlyMap<string, T>; readonly unasked: readonly Unasked[] };

/** What one asks agents of other machines with; undefined: they are not asked. */
export type ApiCredentials = { readonly ca: string; readonly token: string };

/** What {@link Agents} asks with. */
export type AgentsOptions = {
  /** Admin addresses of programs of this machine: `host:port`. */
  readonly local: readonly string[];
  readonly credentials: ApiCredentials | undefined;
};

/** Of other machines, asked at a time. */
const mostAtOnce = 32;

/**
 * Asks agents what they alone know: those of this machine at their admin addresses, others at their API_LISTEN. An answer
 * counts for the proxy that it names.
 */
export class Agents {
  readonly #options: AgentsOptions;

  constructor(options: AgentsOptions) {
    this.#options = options;
  }

  /** Asks each of these proxies; none that does not answer is an error. */
  async ask<T>(question: AgentQuestion<T>, proxies: readonly AskedProxy[]): Promise<AgentAnswers<T>> {
    const { local, credentials } = this.#options;
    const answers = new Map<string, T>();
    const unasked = new Map<string, string>();
    await Promise.all(local.map((address) => this.#askLocal(question, { address, proxies }, answers)));
    const queue = proxies.filter(({ name }) => !answers.has(name));
    const next = async (): Promise<void> => {
      for (let proxy = queue.shift(); proxy !== undefined; proxy = queue.shift()) {
        const answer = await askRemote(question, proxy, credentials);
        if (answer.ok) answers.set(proxy.name, answer.answer);
        else unasked.set(proxy.name, answer.reason);
      }
    };
    await Promise.all(Array.from({ length: mostAtOnce }, next));
    return {
      answers: new Map(proxies.flatMap(({ name }) => (answers.has(name) ? [[name, answers.get(name) as T]] : []))),
      unasked: proxies.flatMap(({ name: proxy }) => {
        const reason = unasked.get(proxy);
        return reason === undefined ? [] : [{ proxy, reason }];
      }),
    };
  }

  /** Nobody there, or another program, is no error. */
  async #askLocal<T>(
    { path, schema }: AgentQuestion<T>,
    { address, proxies }: { readonly address: string; readonly proxies: readonly AskedProxy[] },
    answers: Map<string, T>,
  ): Promise<void> {
    try {
      const { headers, body } = await askWhole({ url: new URL(path, `http://${address}`) });
      const named = proxies.find(({ name }) => isFrom(name, headers));
      if (named !== undefined) answers.set(named.name, schema.parse(JSON.parse(body)));
    } catch {
      // It is asked as the agents of other machines are.
    }
  }
}

type Answer<T> = { readonly ok: true; readonly answer: T } | { readonly ok: false; readonly reason: string };

async function askRemote<T>(
  { path, schema }: AgentQuestion<T>,
  { name, api }: AskedProxy,
  credentials: ApiCredentials | undefined,
): Promise<Answer<T>> {
  const question = remoteQuestion(path, api, credentials);
  if (typeof question === "string") return { ok: false, reason: question };
  try {
    const answer = await askWhole(question);
    const reason = reasonAgainst(name, answer);
    if (reason !== undefined) return { ok: false, reason };
    return { ok: true, answer: schema.parse(JSON.parse(answer.body)) };
  } catch (error) {
    return { ok: false, reason: whyNot(error) };
  }
}

/** How an agent of another machine is asked for a path, or why it is not. */
export function remoteQuestion(
  path: string,
  api: AskedProxy["api"],
  credentials: ApiCredentials | undefined,
): HttpQuestion | string {
  if (api === undefined) return "no API_LISTEN there";
  if (credentials === undefined) return "API_CA_FILE and API_TOKEN_FILE are not set here";
  const { ca, token } = credentials;
  const host = api.ip.includes(":") ? `[${api.ip}]` : api.ip;
  const url = new URL(path, `https://${host}:${api.port}`);
  return { url, tls: { ca }, headers: { authorization: `Bearer ${token}` } };
}

/** Why what an agent of another machine answers is no answer of this proxy; undefined: it is one. */
export function reasonAgainst(name: string, { status, headers }: Pick<HttpAnswer, "status" | "headers">) {
  if (status === 401) return "it wants another token";
  if (status !== 200) return `it answers with ${status}`;
  return isFrom(name, headers) ? undefined : "another proxy answers at its address";
}

/** True for an answer that names this proxy. */
export function isFrom(name: string, headers: HttpAnswer["headers"]): boolean {
  return headers[proxyHeader.toLowerCase()] === proxyHeaderText(name);
}

/** Why there is no answer. Not safe to show. */
export function whyNot(error: unknown): string {
  if (error instanceof Error && error.name === "AbortError") return "no answer within 3 s";
  if (error instanceof Error && ["SyntaxError", "ZodError"].includes(error.name)) return "its answer cannot be read";
  return reasonOf(error);
}

/** What the settings say. Throws ProgramExit for files that cannot be read, or hold no token. */
export function credentialsOf({ apiCaFile, apiTokenFile }: CommandSettings): ApiCredentials | undefined {
  if (apiCaFile === undefined || apiTokenFile === undefined) return undefined;
  const [ca, text] = [contents("API_CA_FILE", apiCaFile), contents("API_TOKEN_FILE", apiTokenFile)];
  const token = tokenIn(text);
  if (token === undefined) throw new ProgramExit(exitCode.setting, ["API_TOKEN_FILE: holds no token"]);
  return { ca, token };
}

function contents(name: string, path: string): string {
  const reading = readSettingFile(name, path);
  if (!reading.ok) throw new ProgramExit(exitCode.setting, [reading.problem]);
  return reading.text;
}

const mostNamed = 4;

/** Who was not asked, grouped by the reason: `n2/proxy, n3/proxy (no API_LISTEN there)`. Not safe to show. */
export function unaskedText(unasked: readonly Unasked[]): string {
  const byReason = new Map<string, string[]>();
  for (const { proxy, reason } of unasked) byReason.set(reason, [...(byReason.get(reason) ?? []), proxy]);
  return [...byReason]
    .map(([reason, proxies]) => {
      const more = proxies.length > mostNamed ? `, +${proxies.length - mostNamed}` : "";
      return `${proxies.slice(0, mostNamed).join(", ")}${more} (${reason})`;
    })
    .join("; ");
}

/** The line that names who was not asked, safe to show; none where everybody was. */
export function notAsked(unasked: readonly Unasked[]): readonly string[] {
  return unasked.length === 0 ? [] : [`not asked: ${shown(unaskedText(unasked))}`];
}
