import type Docker from "dockerode";
import type { CallOptions, DockerClient } from "./client.ts";
import type { Container } from "./container.ts";
import { readServiceLabels } from "./read-answers.ts";

/** How long the engine has to tell of a Swarm service, whose labels make hints alone: a container waits so long for it. */
const answerMs = 1000;

/** Anybody may write the label that names a service. */
const mostServices = 1000;

const serviceLabel = "com.docker.swarm.service.id";

type Labels = Readonly<Record<string, string>>;

/** The labels of Swarm's services, which managers alone may ask for: each is asked for once between two calls of `renew`. */
export class SwarmServices {
  readonly #client: DockerClient;
  readonly #asked = new Map<string, Promise<Labels | undefined>>();
  #isManager = false;

  constructor(client: DockerClient) {
    this.#client = client;
  }

  /** Forgets what was told. */
  renew(isManager: boolean): void {
    this.#isManager = isManager;
    this.#asked.clear();
  }

  /** Those of the service whose task a container is; undefined: of none, or this engine does not tell. Never throws. */
  async labelsFor({ labels }: Pick<Container, "labels">): Promise<Labels | undefined> {
    const id = Object.hasOwn(labels, serviceLabel) ? (labels[serviceLabel] ?? "") : "";
    if (!this.#isManager || !/^[a-z0-9]{25}$/.test(id)) return undefined;
    const asked = this.#asked.get(id);
    if (asked !== undefined) return asked;
    if (this.#asked.size >= mostServices) return undefined;
    const asking = this.#ask(id);
    this.#asked.set(id, asking);
    return asking;
  }

  async #ask(id: string): Promise<Labels | undefined> {
    // As with `info`: its types do not say that it takes options.
    const ask = (docker: Docker, options: CallOptions) => {
      const service = docker.getService(id);
      return (service.inspect.bind(service) as (options: CallOptions) => Promise<unknown>)(options);
    };
    try {
      return readServiceLabels(await this.#client.call({ kind: "look at a service", ask, timeoutMs: answerMs }));
    } catch {
      return undefined;
    }
  }
}
