import { createSocket } from "node:dgram";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { isIPv6 } from "node:net";
import { isLoopback, reasonOf, type RegistrarSettings } from "@fairway/contract";
import { Backoff } from "@fairway/loop";
import { type OwnNode } from "@fairway/registry";
import { exitCode, type Log, ProgramExit } from "@fairway/program";
import type { EngineInfo } from "./docker/container.ts";
import type { DockerEngine } from "./docker/engine.ts";

/** Asks the engine who it is, with back-off until it answers or the signal aborts; one log line when it does not. */
export async function engineInfo(engine: DockerEngine, log: Log, signal: AbortSignal): Promise<EngineInfo> {
  const backoff = new Backoff();
  for (let failures = 0; ; failures += 1) {
    try {
      const info = await engine.info();
      if (failures > 0) log.info({ engine: info.name }, "Docker engine answers again");
      return info;
    } catch (error) {
      signal.throwIfAborted();
      if (failures === 0) log.warn({ reason: reasonOf(error) }, "Docker engine does not answer");
      await backoff.pause(signal);
    }
  }
}

/** True for an engine older than what is tested here: Docker 20.10. */
export function isTooOld({ version }: EngineInfo): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major < 20 || (major === 20 && minor < 10);
}

/** The node's address by the settings or by the routes. Throws ProgramExit when others could not reach any. */
export async function nodeAddress(settings: RegistrarSettings): Promise<string> {
  const address = settings.nodeAddress ?? (await ownAddress(settings.etcdEndpoints));
  if (address !== undefined) return address;
  throw new ProgramExit(exitCode.setting, [
    'NODE_ADDRESS="": must be set: this host has no route that shows an address other than loopback; ' +
      "give the address under which other nodes reach this one",
  ]);
}

/** Stands for the world outside: reserved for documentation (RFC 5737, RFC 3849), so only the default route leads there. */
const outside = ["http://192.0.2.1:9", "http://[2001:db8::1]:9"];

/**
 * The address under which others reach this host: the source address towards etcd, else that of the default route;
 * undefined when both are loopback or there is none. Sends nothing.
 */
export async function ownAddress(etcdEndpoints: readonly string[]): Promise<string | undefined> {
  for (const url of [...etcdEndpoints, ...outside]) {
    const address = await sourceAddressTo(url);
    if (address !== undefined && !isLoopback(address)) return address;
  }
  return undefined;
}

/** The address that the kernel would send from; undefined without a route or a name that resolves. */
async function sourceAddressTo(url: string): Promise<string | undefined> {
  const { hostname, port } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, "");
  const socket = createSocket(isIPv6(host) ? "udp6" : "udp4");
  try {
    socket.connect(Number(port) || 80, host);
    await once(socket, "connect");
    return socket.address().address;
  } catch {
    return undefined;
  } finally {
    socket.close();
  }
}

/** What the registrar says of its node. */
export function ownNode(
  settings: RegistrarSettings,
  engine: EngineInfo,
  { address, version }: { readonly address: string; readonly version: string },
): OwnNode {
  return {
    node: settings.nodeName ?? engine.name,
    address,
    zone: settings.zone,
    version,
    engineId: engine.id,
    bootId: bootId(),
  };
}

/** The kernel's boot id; empty where the kernel tells none. */
function bootId(): string {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    return "";
  }
}
