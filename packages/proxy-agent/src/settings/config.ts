import type { ListenerFacts } from "../desired/listener-facts.ts";
import { readVantage } from "../desired/vantage.ts";
import type { ProxySettings } from "../sections/proxy-settings.ts";
import { scopeOf, type Scope } from "../subscription/scope.ts";
import type { AgentSettings } from "./read-settings.ts";

/** What is known of the machine before anything is decided. */
export type Machine = {
  readonly hostname: string;
  readonly hasIPv6: boolean;
  /** Path of HAProxy's admin stats socket. */
  readonly socket: string;
};

/** The settings as the deciding parts take them. */
export type AgentConfig = {
  readonly node: string;
  readonly scope: Scope;
  readonly facts: ListenerFacts;
  readonly proxy: ProxySettings;
};

/** Puts settings and machine together. Pure. */
export function configOf(settings: AgentSettings, machine: Machine): AgentConfig {
  const node = settings.nodeName ?? machine.hostname;
  const addresses = boundAddresses(settings.bindAddress, machine.hasIPv6);
  return {
    node,
    scope: scopeOf(settings.project, settings.scope),
    facts: {
      vantage: readVantage(settings.vantage, node),
      ports: { allowed: settings.listenPorts, reserved: reservedPorts(settings) },
      addresses,
      bindOptions: bindOptionsOf(settings),
      serverOptions: serverOptionsOf(settings),
    },
    proxy: { ...settings, addresses, socket: machine.socket },
  };
}

/** A ramp needs room below the weight: HAProxy's default is 1. */
function serverOptionsOf({ healthCheck, routeSettings, slowStartMs }: AgentSettings): readonly string[] {
  const options = [...healthCheck, ...routeSettings];
  return slowStartMs === 0 || options.includes("weight") ? options : [...options, "weight", "100"];
}

/** `*` is every address of the machine: IPv4, and IPv6 where the machine has it. */
function boundAddresses(bindAddress: string, hasIPv6: boolean): readonly string[] {
  if (bindAddress !== "*") return [bindAddress];
  return hasIPv6 ? ["0.0.0.0", "::"] : ["0.0.0.0"];
}

function reservedPorts({ statsPort, adminListen }: AgentSettings): ListenerFacts["ports"]["reserved"] {
  return [
    { port: statsPort, setting: "STATS_PORT" },
    { port: adminListen.port, setting: "ADMIN_LISTEN" },
  ];
}

function bindOptionsOf({ bindOptions }: AgentSettings): ListenerFacts["bindOptions"] {
  const words = new Map<number, readonly string[]>();
  for (const each of bindOptions) words.set(each.port, [...(words.get(each.port) ?? []), ...each.words]);
  return words;
}
