import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { type DockerHost, type RegistrarSettings, shown } from "@fairway/contract";
import { exitCode, type FilePaths, ProgramExit } from "@fairway/program";

/** Where an engine answers, and, over TLS, the directory of `ca.pem`, `cert.pem` and `key.pem`. */
export type EngineHost =
  Extract<DockerHost, { kind: "unix" }> | (Extract<DockerHost, { kind: "tcp" }> & { readonly tlsDirectory?: string });

type DockerSettings = Pick<
  RegistrarSettings,
  "dockerHost" | "dockerTlsVerify" | "dockerCertPath" | "dockerContext" | "dockerConfig"
>;

const machineSocket = { kind: "unix", path: "/var/run/docker.sock" } as const;

/**
 * The engine that the settings name, as Docker's client understands them. Throws ProgramExit for a context: what those
 * hold is known to that client alone, and another engine than the one that it shows would be followed.
 */
export function engineHost(settings: DockerSettings): EngineHost {
  const { dockerHost: host, dockerTlsVerify, dockerCertPath } = settings;
  const directory = settings.dockerConfig ?? join(homedir(), ".docker");
  if (host === undefined) return withoutContext(settings.dockerContext, directory);
  const isTls = dockerTlsVerify || dockerCertPath !== undefined;
  return host.kind === "tcp" && isTls ? { ...host, tlsDirectory: dockerCertPath ?? directory } : host;
}

/** The files that the connection needs, by what names them. */
export function engineFiles(host: EngineHost): FilePaths {
  if (host.kind === "unix" || host.tlsDirectory === undefined) return {};
  const { ca, cert, key } = certificateFiles(host.tlsDirectory);
  return { "ca.pem in DOCKER_CERT_PATH": ca, "cert.pem in DOCKER_CERT_PATH": cert, "key.pem in DOCKER_CERT_PATH": key };
}

/** The files of a DOCKER_CERT_PATH. */
export function certificateFiles(directory: string): {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
} {
  return { ca: join(directory, "ca.pem"), cert: join(directory, "cert.pem"), key: join(directory, "key.pem") };
}

function withoutContext(given: string | undefined, directory: string): EngineHost {
  const file = join(directory, "config.json");
  const context = given ?? currentContext(file);
  if (context === undefined || context === "default") return machineSocket;
  const where =
    given === undefined ? `currentContext="${shown(context)}" in ${file}` : `DOCKER_CONTEXT="${shown(context)}"`;
  const advice = `set DOCKER_HOST to its endpoint, which docker context inspect shows, or to unix://${machineSocket.path}`;
  throw new ProgramExit(exitCode.setting, [`${where}: contexts of Docker's client are not read; ${advice}`]);
}

/** Undefined where the file of Docker's client is not there, or says nothing. */
function currentContext(file: string): string | undefined {
  try {
    const { currentContext: name } = JSON.parse(readFileSync(file, "utf8")) as { currentContext?: unknown };
    return typeof name === "string" && name !== "" ? name : undefined;
  } catch {
    return undefined;
  }
}
