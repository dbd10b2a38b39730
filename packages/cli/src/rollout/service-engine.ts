import { readFileSync } from "node:fs";
import { byTextsOf, listenText, readSettings, reasonOf, registrarSettings, shown } from "@fairway/contract";
import { exitCode, ProgramExit } from "@fairway/program";
import { certificateFiles, composeLabels, type EngineHost, engineHost, isOneOff } from "@fairway/registrar";
import { z } from "zod";
import { askWhole, type HttpQuestion } from "../agents/ask-http.ts";

const infoSchema = z.object({ ID: z.string() });
const imageSchema = z.object({ Id: z.string() });
const listSchema = z.array(z.object({ Id: z.string(), Labels: z.record(z.string(), z.string()).nullable() }));

const inspectSchema = z.object({
  Id: z.string(),
  Name: z.string(),
  Image: z.string(),
  RestartCount: z.number().default(0),
  Config: z.object({
    Image: z.string(),
    Labels: z.record(z.string(), z.string()).nullable(),
    StopTimeout: z.number().nullish(),
  }),
  State: z.object({
    Status: z.string(),
    Pid: z.number().default(0),
    ExitCode: z.number().default(0),
    Health: z.object({ Status: z.string() }).nullish(),
  }),
  Mounts: z
    .array(z.object({ Type: z.string(), Name: z.string().optional(), Destination: z.string() }))
    .nullish()
    .transform((mounts) => mounts ?? []),
});

/** A container of a Compose service as its engine tells it. */
export type EngineContainer = {
  readonly id: string;
  readonly name: string;
  /** Docker's word: created, running, paused, restarting, exited, dead, removing. */
  readonly status: string;
  /** Of its first process, in the engine's namespace; 0: it does not run. */
  readonly pid: number;
  readonly exitCode: number;
  readonly restarts: number;
  readonly isUnhealthy: boolean;
  /** Of the image that it was made of, and what the file called that. */
  readonly imageId: string;
  readonly image: string;
  /** What Compose made it of. */
  readonly configHash: string | undefined;
  readonly ownVolumes: readonly string[];
  /** How long it has to stop. */
  readonly stopMs: number;
};

/** How long Docker gives a container to stop that says nothing, as `docker stop` does. */
const usualStopMs = 10_000;

/** How long an engine has to stop or remove a container beyond the time that the container has for it. */
const actWithinMs = 60_000;

/** What an engine answers whom another one was as quick as. */
const removing = 409;

/** How long an engine has to answer a question of `fairway rollout`. */
const answerMs = 20_000;

/** What proxies before an engine answer while it is away. */
const away: ReadonlySet<number> = new Set([502, 503, 504]);

/** What an engine has refused, so that it is no use to ask again. */
export class EngineRefusal extends ProgramExit {}

/** What is asked of an engine; `read` throws for an answer that is none. */
type Question<T> = Pick<HttpQuestion, "method" | "withinMs"> & {
  readonly path: string;
  readonly read: (body: unknown) => T;
};

/** The engine on which Compose acts. Every call throws EngineRefusal when it refuses, ProgramExit when it does not answer in time. */
export class ServiceEngine {
  readonly #host: EngineHost;
  readonly #withinMs: number;

  /** Throws ProgramExit for settings of Docker's that cannot be used, contexts among them. `withinMs`: for an answer. */
  constructor(env: NodeJS.ProcessEnv, withinMs = answerMs) {
    this.#withinMs = withinMs;
    const { dockerHost, dockerTlsVerify, dockerCertPath, dockerContext, dockerConfig } = registrarSettings;
    const read = readSettings({ dockerHost, dockerTlsVerify, dockerCertPath, dockerContext, dockerConfig }, env);
    if (!read.ok) throw new ProgramExit(exitCode.setting, read.problems);
    this.#host = engineHost(read.settings);
  }

  /** The engine's own id, as its registrar's record has it. */
  async id(): Promise<string> {
    const found = await this.#ask({ path: "/info", read: (body) => infoSchema.parse(body).ID });
    if (found === undefined) throw this.#fault("it does not tell its id");
    return found;
  }

  /** Containers of a service, running or not, without those of `docker compose run`. */
  async containers(project: string, service: string): Promise<readonly EngineContainer[]> {
    const filters = { label: [`${composeLabels.project}=${project}`, `${composeLabels.service}=${service}`] };
    const query = new URLSearchParams({ all: "1", filters: JSON.stringify(filters) });
    const path = `/containers/json?${query.toString()}`;
    const listed = (await this.#ask({ path, read: (body) => listSchema.parse(body) })) ?? [];
    const own = listed.filter(({ Labels }) => !isOneOff(Labels ?? {}));
    const all = await Promise.all(own.map(({ Id }) => this.container(Id)));
    return all.filter((each) => each !== undefined).toSorted(byTextsOf(({ name }) => name));
  }

  /** Undefined when it is gone. */
  container(id: string): Promise<EngineContainer | undefined> {
    return this.#ask({ path: `/containers/${id}/json`, read: (body) => readContainer(inspectSchema.parse(body)) });
  }

  /** The id of an image by its name; undefined: the engine has none of that name. */
  imageId(name: string): Promise<string | undefined> {
    const path = `/images/${name.split("/").map(encodeURIComponent).join("/")}/json`;
    return this.#ask({ path, read: (body) => imageSchema.parse(body).Id });
  }

  /** Stops a container as it wants to be stopped, and removes it; its volumes stay. One that is gone is no error. */
  async remove({ id, stopMs }: Pick<EngineContainer, "id" | "stopMs">): Promise<void> {
    const read = () => undefined;
    await this.#ask({ path: `/containers/${id}/stop`, read, method: "POST", withinMs: stopMs + actWithinMs });
    await this.#ask({ path: `/containers/${id}?force=1`, read, method: "DELETE", withinMs: actWithinMs });
  }

  /** Undefined for what is not there. */
  async #ask<T>({ path, read, withinMs = this.#withinMs, ...how }: Question<T>): Promise<T | undefined> {
    try {
      const { status, body } = await askWhole({ ...connectionTo(this.#host, path), withinMs, ...how });
      if (status === 404 || (status === removing && how.method === "DELETE")) return undefined;
      if (status >= 400) throw this.#refusal(status, body);
      return read(body === "" ? undefined : JSON.parse(body));
    } catch (error) {
      throw error instanceof ProgramExit ? error : this.#fault(whyNot(error, withinMs));
    }
  }

  #refusal(status: number, body: string): ProgramExit {
    const { code, lines } = this.#fault(`it refuses: ${shown(messageIn(body))}`);
    return away.has(status) ? new ProgramExit(code, lines) : new EngineRefusal(code, lines);
  }

  #fault(reason: string): ProgramExit {
    const host = this.#host.kind === "unix" ? `unix://${this.#host.path}` : listenText(this.#host);
    return new ProgramExit(exitCode.environment, [`the Docker engine at ${shown(host)}: ${reason}`]);
  }
}

function whyNot(error: unknown, withinMs: number): string {
  if (!(error instanceof Error)) return shown(String(error));
  if (error.name === "AbortError") return `no answer within ${withinMs / 1000} s`;
  if (error.name === "SyntaxError" || error.name === "ZodError") return "its answer cannot be read";
  // Of a name with several addresses.
  const [first = error] = error instanceof AggregateError ? (error.errors as readonly unknown[]) : [];
  return shown(reasonOf(first));
}

function readContainer({ Id, Name, Image, RestartCount, Config, State, Mounts }: z.output<typeof inspectSchema>) {
  const anonymous = Mounts.filter(({ Type, Name: name = "" }) => Type === "volume" && /^[0-9a-f]{64}$/.test(name));
  return {
    id: Id,
    name: Name.replace(/^\//, ""),
    status: State.Status,
    pid: State.Pid,
    exitCode: State.ExitCode,
    restarts: RestartCount,
    isUnhealthy: State.Health?.Status === "unhealthy",
    imageId: Image,
    image: Config.Image,
    configHash: Config.Labels?.[composeLabels.configHash],
    ownVolumes: anonymous.map(({ Destination }) => Destination),
    stopMs: Config.StopTimeout === undefined || Config.StopTimeout === null ? usualStopMs : Config.StopTimeout * 1000,
  };
}

function connectionTo(host: EngineHost, path: string): Pick<HttpQuestion, "url" | "socketPath" | "tls"> {
  if (host.kind === "unix") return { url: new URL(path, "http://docker"), socketPath: host.path };
  if (host.tlsDirectory === undefined) return { url: new URL(path, `http://${listenText(host)}`) };
  const { ca, cert, key } = certificateFiles(host.tlsDirectory);
  const tls = { ca: readFileSync(ca, "utf8"), cert: readFileSync(cert, "utf8"), key: readFileSync(key, "utf8") };
  return { url: new URL(path, `https://${listenText(host)}`), tls };
}

function messageIn(body: string): string {
  try {
    return z.object({ message: z.string() }).parse(JSON.parse(body)).message;
  } catch {
    return body;
  }
}
