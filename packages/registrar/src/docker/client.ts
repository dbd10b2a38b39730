import { addAbortListener } from "node:events";
import { readFileSync } from "node:fs";
import Docker from "dockerode";
import { certificateFiles, type EngineHost } from "./engine-host.ts";
import { Patience } from "./patience.ts";

export type CallOptions = { readonly abortSignal: AbortSignal };

/** Each kind of call, as errors name it; each has a patience of its own. */
type Kind =
  | "version"
  | "list of containers"
  | "list of networks"
  | "events"
  | "look at a network"
  | "look at a container"
  | "look at a service";

export type Call<T> = {
  readonly kind: Kind;
  readonly ask: (docker: Docker, options: CallOptions) => Promise<T>;
  /** Instead of what the kind's patience says. */
  readonly timeoutMs?: number | undefined;
};

/** Calls to an engine over dockerode, each with a deadline. Certificates are read again with each look at the engine. */
export class DockerClient {
  readonly #host: EngineHost;
  readonly #signal: AbortSignal;
  readonly #patience = new Map<Kind, Patience>();
  #docker: Docker | undefined;

  constructor(host: EngineHost, signal: AbortSignal) {
    this.#host = host;
    this.#signal = signal;
  }

  /**
   * Throws when the engine does not answer as it should, or in time, and when the signal aborts. What comes too late is
   * given more time when it is asked for again.
   */
  async call<T>({ kind, ask, timeoutMs }: Call<T>): Promise<T> {
    this.#signal.throwIfAborted();
    const patience = this.#patienceFor(kind);
    const mayTakeMs = timeoutMs ?? patience.ms;
    const begunMs = performance.now();
    const late = setDeadline(mayTakeMs, this.#signal, () => {
      if (timeoutMs === undefined) patience.onTimeout();
      return new Error(`its ${kind}: no answer within ${mayTakeMs / 1000} s`);
    });
    try {
      const answer = await ask(this.#connect(kind === "version"), { abortSignal: late.signal });
      if (timeoutMs === undefined) patience.onAnswer(performance.now() - begunMs);
      return answer;
    } catch (error) {
      throw late.signal.aborted ? late.signal.reason : withAdvice(error);
    } finally {
      late[Symbol.dispose]();
    }
  }

  #patienceFor(kind: Kind): Patience {
    const patience = this.#patience.get(kind) ?? new Patience();
    this.#patience.set(kind, patience);
    return patience;
  }

  /** Keeps the former certificates where new ones cannot be read, as in the midst of their replacement. */
  #connect(isAnew: boolean): Docker {
    const isKept = this.#docker !== undefined && !(isAnew && "tlsDirectory" in this.#host);
    try {
      if (!isKept) this.#docker = new Docker(dockerOptions(this.#host));
    } catch (error) {
      if (this.#docker === undefined) throw error;
    }
    return this.#docker as Docker;
  }
}

/** Aborts after a time, or with the signal. (`AbortSignal.any` with a long-lived signal leaks on Node 20.) */
function setDeadline(ms: number, signal: AbortSignal, reason: () => Error): Disposable & CallSignal {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(reason()), ms);
  const onAbort = addAbortListener(signal, () => controller.abort(signal.reason));
  return {
    signal: controller.signal,
    [Symbol.dispose]: () => {
      clearTimeout(timer);
      onAbort[Symbol.dispose]();
    },
  };
}

type CallSignal = { readonly signal: AbortSignal };

/** `host` is always set: the library would take it from DOCKER_HOST else. */
function dockerOptions(host: EngineHost): Docker.DockerOptions {
  if (host.kind === "unix") return { protocol: "http", host: undefined, socketPath: host.path };
  if (host.tlsDirectory === undefined) return { protocol: "http", host: host.host, port: host.port };
  const { ca, cert, key } = certificateFiles(host.tlsDirectory);
  const pems = { ca: readFileSync(ca), cert: readFileSync(cert), key: readFileSync(key) };
  return { protocol: "https", host: host.host, port: host.port, ...pems };
}

const mayNotConnect = "this program may not use it: it must be root, or in the socket's group";
const seLinux = "where SELinux is on, its container needs security_opt label=disable";

/** What refuses this program does not say what would let it in. */
export function withAdvice(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const isRefused = "code" in error && (error.code === "EACCES" || error.code === "EPERM");
  if (isRefused) return new Error(`${error.message}: ${mayNotConnect}; ${seLinux}`, { cause: error });
  const isPlain = error.message.includes("HTTP request to an HTTPS server");
  if (isPlain) return new Error("it wants TLS: set DOCKER_TLS_VERIFY=1 and DOCKER_CERT_PATH", { cause: error });
  return error;
}
