import { once } from "node:events";
import { type IncomingHttpHeaders, type IncomingMessage, request, type RequestOptions } from "node:http";
import { connect } from "node:tls";
import { text } from "node:stream/consumers";
import { isIP } from "node:net";

/** Where something is asked for over HTTP. */
export type HttpQuestion = {
  readonly url: URL;
  /** (GET) */
  readonly method?: "POST" | "DELETE";
  /** How long there is for the answer. (3 s) */
  readonly withinMs?: number | undefined;
  /** Of a socket instead of the URL's host. */
  readonly socketPath?: string | undefined;
  readonly tls?: {
    readonly ca?: string | undefined;
    readonly cert?: string | undefined;
    readonly key?: string | undefined;
  };
  readonly headers?: Readonly<Record<string, string>>;
};

/** What was answered, whatever its code. */
export type HttpAnswer = { readonly status: number; readonly headers: IncomingHttpHeaders; readonly body: string };

/** How long a program has to answer a question of `fairway doctor`, and an agent one of the command. */
const patienceMs = 3000;
const longestAnswer = 16 * 1024 ** 2;

/** The body of an answer, whatever its code. Rejects when there is none in time, or too much of it. */
export async function askHttp(question: HttpQuestion): Promise<string> {
  return (await askWhole(question)).body;
}

/**
 * An answer with its code and headers. Rejects as {@link askHttp} does. Over TLS nothing is said, no header either, to
 * a server whose certificate does not hold.
 */
export async function askWhole(question: HttpQuestion): Promise<HttpAnswer> {
  const { response, close } = await openAnswer(question, AbortSignal.timeout(question.withinMs ?? patienceMs));
  try {
    let length = 0;
    response.on("data", (part: Buffer) => {
      length += part.length;
      if (length > longestAnswer) response.destroy(new Error("its answer is too long"));
    });
    return { status: response.statusCode ?? 0, headers: response.headers, body: await text(response) };
  } finally {
    close();
  }
}

/** An answer whose body is yet to be read; `close` ends it. */
export type OpenAnswer = { readonly response: IncomingMessage; readonly close: () => void };

/** An answer whose body may go on and on, until it is closed. Rejects when it does not begin in time. */
export async function openLasting(question: HttpQuestion, end: AbortSignal): Promise<OpenAnswer> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), question.withinMs ?? patienceMs);
  try {
    return await openAnswer(question, AbortSignal.any([late.signal, end]));
  } finally {
    clearTimeout(timer);
  }
}

/** The signal ends it whenever it aborts, also while its body is read. */
async function openAnswer(question: HttpQuestion, signal: AbortSignal): Promise<OpenAnswer> {
  const { url, method = "GET", socketPath, tls, headers = {} } = question;
  const socket = url.protocol === "https:" ? await openTls(url, tls, signal) : undefined;
  try {
    const { host, pathname, search } = url;
    const options: RequestOptions = { method, signal, ...(socketPath !== undefined && { socketPath }) };
    const asked = socket
      ? request({ ...options, path: pathname + search, headers: { host, ...headers }, createConnection: () => socket })
      : request(url, { ...options, headers });
    const [response] = (await once(asked.end(), "response")) as [IncomingMessage];
    const close = () => {
      response.destroy();
      socket?.destroy();
    };
    return { response, close };
  } catch (error) {
    socket?.destroy();
    throw error;
  }
}

async function openTls({ hostname, port }: URL, tls: HttpQuestion["tls"], signal: AbortSignal) {
  const host = hostname.replace(/^\[|\]$/g, "");
  const name = isIP(host) === 0 ? { servername: host } : {};
  const socket = connect({ host, port: Number(port || 443), ...tls, ...name });
  try {
    await once(socket, "secureConnect", { signal });
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}
