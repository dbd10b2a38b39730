/** What a test says of a container; the image is the lab's, with redis as its command. */
export type ContainerFacts = {
  readonly name?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly network?: string;
  /** As after `docker run --publish`. */
  readonly publish?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly image?: string;
  readonly command?: readonly string[];
  /** More options of `docker run`. */
  readonly options?: readonly string[];
};

/** What runs `docker` on a container's engine. */
export type ContainerHost = { readonly docker: (...args: readonly string[]) => Promise<string> };

/** A container on a node of the lab. */
export type LabContainer = {
  readonly id: string;
  readonly name: string;
  /** Runs a command in it and answers its output. */
  readonly exec: (...command: readonly string[]) => Promise<string>;
  /** Its address in a network; without a name, in its first one. */
  readonly address: (network?: string) => Promise<string>;
  /** `docker stop`, `start`, `restart`, `kill`, `pause`, `unpause`, `rm --force`, with options before the name. */
  readonly stop: (...options: readonly string[]) => Promise<void>;
  readonly start: () => Promise<void>;
  readonly restart: () => Promise<void>;
  readonly kill: (signal?: string) => Promise<void>;
  readonly pause: () => Promise<void>;
  readonly unpause: () => Promise<void>;
  readonly remove: () => Promise<void>;
  readonly logs: () => Promise<string>;
};

/** A redis that is quick to stop. */
export const redisCommand = ["redis-server", "--save", ""];

/** Labels of Docker Compose. */
export function composeLabels(project: string, service: string): Readonly<Record<string, string>> {
  return { "com.docker.compose.project": project, "com.docker.compose.service": service };
}

/** Labels that opt a container in, with its TCP_PORTS. */
export function proxyLabels(ports: string): Readonly<Record<string, string>> {
  return { "aliyun.proxy.required": "true", "aliyun.proxy.TCP_PORTS": ports };
}

/** The arguments of `docker` that start a container. */
export function runArguments(facts: ContainerFacts & { readonly name: string }, image: string): readonly string[] {
  const { name, labels = {}, network, publish = [], env = {}, command = redisCommand, options = [] } = facts;
  return [
    "run",
    "--detach",
    "--name",
    name,
    ...Object.entries(labels).flatMap(([key, value]) => ["--label", `${key}=${value}`]),
    ...(network === undefined ? [] : ["--network", network]),
    ...publish.flatMap((each) => ["--publish", each]),
    ...Object.entries(env).flatMap(([key, value]) => ["--env", `${key}=${value}`]),
    ...options,
    facts.image ?? image,
    ...command,
  ];
}

/** A container by its id, through its node's engine. */
export function containerOf({ docker }: ContainerHost, id: string, name: string): LabContainer {
  const act = async (...args: readonly string[]) => {
    await docker(...args, id);
  };
  return {
    id,
    name,
    exec: (...command) => docker("exec", id, ...command),
    address: (network) => docker("inspect", "--format", addressFormat(network), id),
    stop: (...options) => act("stop", ...options),
    start: () => act("start"),
    restart: () => act("restart"),
    kill: (signal = "KILL") => act("kill", "--signal", signal),
    pause: () => act("pause"),
    unpause: () => act("unpause"),
    remove: () => act("rm", "--force", "--volumes"),
    logs: () => docker("logs", id),
  };
}

function addressFormat(network: string | undefined): string {
  if (network !== undefined) return `{{(index .NetworkSettings.Networks ${JSON.stringify(network)}).IPAddress}}`;
  return "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{break}}{{end}}";
}
