import { createHash } from "node:crypto";
import type { ProxyRecord } from "@fairway/contract";
import { type Attachment, composeLabels, type Container } from "@fairway/registrar";
import type { ComposeFile, FileService } from "./compose-file.ts";

/** A file with the project that it is of. */
export type PlannedFile = ComposeFile & { readonly file: string; readonly project: string };

/** A container that a file describes, as its engine would tell of it. */
export type PlannedContainer = {
  readonly file: string;
  readonly service: FileService;
  readonly container: Container;
  /** Whose network it uses; undefined: that is not in the file. */
  readonly networkOwner: Container | undefined;
};

type Networks = ProxyRecord["vantage"]["networks"];

/**
 * One container for each service: what Docker picks, an address in each network and a port where none is named, is made up.
 * Networks that proxies of the node are on are those, by their names.
 */
export function plannedContainers(
  files: readonly PlannedFile[],
  known: Networks,
  nowMs: number,
): readonly PlannedContainer[] {
  const made = new MadeUp(known, nowMs);
  return files.flatMap((file) => {
    const all = file.services.map((service) => ({ service, container: made.container(file, service) }));
    return all.map(({ service, container }) => {
      const joined = /^service:(.+)$/.exec(service.networkMode ?? "")?.[1];
      const named = /^container:(.+)$/.exec(service.networkMode ?? "")?.[1];
      const isOwner = (each: (typeof all)[number]) => each.service.name === joined || each.container.name === named;
      const isJoining = joined !== undefined || named !== undefined;
      return {
        file: file.file,
        service,
        container,
        networkOwner: isJoining ? all.find(isOwner)?.container : container,
      };
    });
  });
}

/** What Docker would pick, each once. */
class MadeUp {
  readonly #known: Networks;
  readonly #nowMs: number;
  #count = 0;

  constructor(known: Networks, nowMs: number) {
    this.#known = known;
    this.#nowMs = nowMs;
  }

  container(file: PlannedFile, service: FileService): Container {
    const { project } = file;
    const name = service.containerName ?? `${project}-${service.name}-1`;
    const numbered = service.ports.map(({ hostPort, ...port }) => ({ ...port, hostPort: hostPort ?? this.#port() }));
    return {
      id: createHash("sha256").update(`${project}\n${service.name}`).digest("hex"),
      name,
      image: service.image,
      // Containers are made one after the other.
      createdAt: new Date(this.#nowMs + (this.#count += 1)).toISOString(),
      startedAtMs: this.#nowMs,
      finishedAtMs: undefined,
      isRunning: true,
      isPaused: false,
      health: "none",
      labels: { ...service.labels, [composeLabels.project]: project, [composeLabels.service]: service.name },
      stopSignal: 15,
      stopTimeoutMs: 10_000,
      networkMode: modeOf(service.networkMode),
      networks: service.networks.map((network) => this.#attachment(file, network)),
      published: numbered,
      hostPorts: service.ports.flatMap(({ hostIp, hostPort }) => {
        return hostPort === undefined ? [] : [{ ip: hostIp, port: hostPort }];
      }),
      isRestarted: false,
    };
  }

  #attachment({ project, networks }: PlannedFile, network: string): Attachment {
    const described = Object.hasOwn(networks, network) ? networks[network] : undefined;
    const { name = `${project}_${network}`, isSwarm = false } = described ?? {};
    const known = this.#known.find((each) => each.name === name || each.id === name);
    const id = known?.id ?? createHash("sha256").update(name).digest("hex");
    const scope = known?.scope || (isSwarm ? "swarm" : "local");
    const driver = scope === "swarm" ? "overlay" : "bridge";
    return { id, name, driver, scope, isIngress: false, ips: [this.#address()], gateways: [] };
  }

  #address(): string {
    this.#count += 1;
    return `100.127.${(this.#count >> 8) & 255}.${this.#count & 255}`;
  }

  #port(): number {
    this.#count += 1;
    return 65_000 - (this.#count % 30_000);
  }
}

function modeOf(mode: string | undefined): Container["networkMode"] {
  if (mode === "host" || mode === "none") return { kind: mode };
  const joined = /^(?:service|container):(.+)$/.exec(mode ?? "")?.[1];
  return joined === undefined ? { kind: "networks" } : { kind: "container", container: joined };
}
