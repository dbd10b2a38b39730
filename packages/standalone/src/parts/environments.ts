import { run } from "../processes/run.ts";
import type { Engine } from "../engine/engine.ts";
import type { Ground } from "../ground/ground.ts";
import type { UsedRegistry } from "./registry.ts";

/** Ports on loopback of both programs' admin endpoints. */
export type AdminPorts = { readonly registrar: number; readonly agent: number };

type Env = Readonly<Record<string, string>>;

/** What the environments of both programs are made of. */
export type EnvironmentFacts = {
  /** The user's own settings; what is said here wins over them where the demo depends on it. */
  readonly env: NodeJS.ProcessEnv;
  readonly engine: Engine;
  readonly ground: Ground;
  readonly registry: UsedRegistry;
  readonly adminPorts: AdminPorts;
  readonly statsPort: number;
  /** Where the page is, on loopback. */
  readonly pagePort: number;
};

/** Environments of each program of one machine. */
export type ProgramEnvironments = { readonly registrar: Env; readonly agent: Env; readonly page: Env };

/** Puts together what each program is told. */
export async function environments(facts: EnvironmentFacts): Promise<ProgramEnvironments> {
  const { env, engine, ground, registry, adminPorts, statsPort, pagePort } = facts;
  const node =
    env["NODE_NAME"] ?? (await run(["docker", "--host", engine.dockerHost, "info", "--format", "{{.Name}}"]));
  const common = { ...settingsOf(env), ETCD_ENDPOINTS: registry.endpoints, NODE_NAME: node };
  // Nobody else reads the address of a node in a registry of its own.
  const address = registry.isOwn ? await bridgeAddress(engine) : "";
  return {
    registrar: {
      ...(address === "" ? {} : { NODE_ADDRESS: address }),
      ...common,
      DOCKER_HOST: engine.dockerHost,
      ADMIN_LISTEN: `127.0.0.1:${adminPorts.registrar}`,
      // Everything here listens on loopback, where no container comes from.
      ADDON_LISTEN: "off",
    },
    agent: {
      ADDITIONAL_SERVICES: "*",
      // All projects of this machine are one user's, who is to see a container join without more ado.
      SHARED_PORTS: "*",
      ...common,
      BIND_ADDRESS: "127.0.0.1",
      STATE_DIR: ground.proxy,
      STATS_PORT: String(statsPort),
      ADMIN_LISTEN: `127.0.0.1:${adminPorts.agent}`,
    },
    page: {
      ...common,
      ADMIN_LISTEN: `127.0.0.1:${adminPorts.agent}`,
      UI_LISTEN: `127.0.0.1:${pagePort}`,
    },
  };
}

/** Without what npm says in the environment, and without what is empty: that means unset. */
function settingsOf(env: NodeJS.ProcessEnv): Env {
  const entries = Object.entries(env).filter(([name]) => !/^(npm_|INIT_CWD$)/.test(name));
  return Object.fromEntries(
    entries.flatMap(([name, value]) => (value === undefined || value === "" ? [] : [[name, value]])),
  );
}

/**
 * The machine's address on the engine's bridge: the one address that every machine with an engine has, also one
 * without any other network. Empty when the engine has no such bridge; the registrar then finds one itself.
 */
async function bridgeAddress({ dockerHost }: Engine): Promise<string> {
  const format = "{{range .IPAM.Config}}{{.Gateway}}{{break}}{{end}}";
  return run(["docker", "--host", dockerHost, "network", "inspect", "bridge", "--format", format]).catch(() => "");
}
