import { readFileSync } from "node:fs";
import { readSettings, registrarSettings, shown } from "@fairway/contract";
import { exitCode, ProgramExit } from "@fairway/program";
import { certificateFiles, type EngineHost, engineHost } from "@fairway/registrar";
import { z } from "zod";
import { askWhole, type HttpQuestion } from "../agents/ask-http.ts";

const labels = { project: "com.docker.compose.project", service: "com.docker.compose.service" } as const;
const hashLabel = "com.docker.compose.config-hash";
const oneOffLabel = "com.docker.compose.oneoff";

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

/** The engine on which Compose acts. Every call throws when it refuses or does not answer in time. */
export class ServiceEngine {
  readonly #host: EngineHost;

  /** Throws ProgramExit for settings of Docker's that cannot be used, contexts among them. */
  constructor(env: NodeJS.ProcessEnv) {
    const { dockerHost, dockerTlsVerify, dockerCertPath, dockerContext, dockerConfig } = registrarSettings;
    const read = readSettings({ dockerHost, dockerTlsVerify, dockerCertPath, dockerContext, dockerConfig }, env);
    if (!read.ok) throw new ProgramExit(exitCode.setting, read.problems);
    this.#host = engineHost(read.settings);
  }

  /** The engine's own id, as its registrar's record has it. */
  async id(): Promise<string> {
    return z.object({ ID: z.string() }).parse(await this.#ask("/info")).ID;
  }

  /** Containers of a service, running or not, without those of `docker compose run`. */
  async containers(project: string, service: string): Promise<readonly EngineContainer[]> {
    const filters = { label: [`${labels.project}=${project}`, `${labels.service}=${service}`] };
    const query = new URLSearchParams({ all: "1", filters: JSON.stringify(filters) });
    const listed = listSchema.parse(await this.#ask(`/containers/json?${query.toString()}`));
    const own = listed.filter(({ Labels }) => !/^true$/i.test(Labels?.[oneOffLabel] ?? ""));
    const all = await Promise.all(own.map(({ Id }) => this.container(Id)));
    return all.filter((each) => each !== undefined).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Undefined when it is gone. */
  async container(id: string): Promise<EngineContainer | undefined> {
    const answer = await this.#ask(`/containers/${id}/json`);
    return answer === undefined ? undefined : readContainer(inspectSchema.parse(answer));
  }

  /** The id of an image by its name; undefined: the engine has none of that name. */
  async imageId(name: string): Promise<string | undefined> {
    const answer = await this.#ask(`/images/${name.split("/").map(encodeURIComponent).join("/")}/json`);
    return answer === undefined ? undefined : z.object({ Id: z.string() }).parse(answer).Id;
  }

  /** Stops a container as it wants to be stopped, and removes it; its volumes stay. One that is gone is no error. */
  async remove({ id, stopMs }: Pick<EngineContainer, "id" | "stopMs">): Promise<void> {
    await this.#ask(`/containers/${id}/stop`, { method: "POST", withinMs: stopMs + actWithinMs });
    await this.#ask(`/containers/${id}?force=1`, { method: "DELETE", withinMs: actWithinMs });
  }

  /** Undefined for what is not there. */
  async #ask(path: string, how: Pick<HttpQuestion, "method" | "withinMs"> = {}): Promise<unknown> {
    const { status, body } = await askWhole({ ...connectionTo(this.#host, path), withinMs: answerMs, ...how });
    if (status === 404 || (status === removing && how.method === "DELETE")) return undefined;
    if (status >= 400) throw new Error(`the Docker engine refuses: ${shown(messageIn(body))}`);
    return body === "" ? null : (JSON.parse(body) as unknown);
  }
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
    configHash: Config.Labels?.[hashLabel],
    ownVolumes: anonymous.map(({ Destination }) => Destination),
    stopMs: Config.StopTimeout === undefined || Config.StopTimeout === null ? usualStopMs : Config.StopTimeout * 1000,
  };
}

function connectionTo(host: EngineHost, path: string): Pick<HttpQuestion, "url" | "socketPath" | "tls"> {
  if (host.kind === "unix") return { url: new URL(path, "http://docker"), socketPath: host.path };
  const name = host.host.includes(":") ? `[${host.host}]` : host.host;
  if (host.tlsDirectory === undefined) return { url: new URL(path, `http://${name}:${host.port}`) };
  const { ca, cert, key } = certificateFiles(host.tlsDirectory);
  const tls = { ca: readFileSync(ca, "utf8"), cert: readFileSync(cert, "utf8"), key: readFileSync(key, "utf8") };
  return { url: new URL(path, `https://${name}:${host.port}`), tls };
}

function messageIn(body: string): string {
  try {
    return z.object({ message: z.string() }).parse(JSON.parse(body)).message;
  } catch {
    return body;
  }
}
