import { shown } from "@fairway/contract";
import { mapOf, readList } from "../document/pairs.ts";
import type { Position } from "../document/remark.ts";
import type { Service } from "../document/service.ts";
import type { Template } from "../document/template.ts";

/** A client's name for another service. */
export type Link = { readonly client: string; readonly target: string; readonly alias: string; readonly at: Position };

/** The links of a service: `service` or `service:alias`. */
export function readLinks(service: Service): readonly Link[] {
  return readList(service, "links").map(({ text, at }) => {
    const [target = "", alias = ""] = text.split(":").map((part) => part.trim());
    return { client: service.name, target, alias: alias === "" ? target : alias, at };
  });
}

/** Refuses links to what is not there or has no network of its own, and one name for two services. */
export function checkLinks(template: Template): void {
  const services = new Map(template.services().map((service) => [service.name, service]));
  for (const service of services.values()) {
    const links = readLinks(service);
    for (const { target, alias, at } of links) {
      const linked = services.get(target);
      if (linked === undefined) template.refuse(at, `links to ${shown(target)}, which is no service of this template`);
      else if (usesOtherNetwork(linked))
        template.refuse(at, `links to ${shown(target)}, which has no network of its own`);
      const other = links.find((link) => link.alias === alias && link.target !== target);
      if (other?.at.line !== undefined && other.at.line < at.line) {
        template.refuse(at, `${shown(alias)} is ${shown(other.target)} already, in line ${other.at.line}`);
      }
    }
  }
}

/** What services join beside or in place of what they are in: service to network to names there. */
type Joined = Map<string, Map<string, Set<string>>>;

/**
 * Links become names on networks. A name that means one service throughout a network stands there; a client for which
 * a name means something else than for others gets a network of its own, with what it links to.
 */
export function replaceLinks(template: Template): void {
  const services = new Map(template.services().map((service) => [service.name, service]));
  const links = [...services.values()].flatMap(readLinks);
  const shared = links.map((link) => ({ ...link, network: sharedNetwork(services, link) }));
  const apart = clientsApart(shared, services);
  refuseNetworks(template, { links: shared, apart, services });
  if (template.hasProblems) return;
  const joined: Joined = new Map();
  for (const { client, target, alias, network = "" } of shared) {
    const own = ownNetwork(client);
    if (apart.has(client)) join(joined, client, own);
    join(joined, target, apart.has(client) ? own : network, alias === target ? undefined : alias);
  }
  for (const service of services.values()) {
    joinNetworks(service, joined.get(service.name) ?? new Map(), apart.has(service.name));
    service.delete("links");
  }
  for (const client of apart) template.declare("networks", ownNetwork(client), {});
}

type PlacedLink = Link & { readonly network: string | undefined };

function sharedNetwork(services: ReadonlyMap<string, Service>, { client, target }: Link): string | undefined {
  const [own, other] = [services.get(client), services.get(target)].map((each) => each && networksOf(each));
  return [...(own?.keys() ?? [])].find((name) => other?.has(name));
}

/** Clients that may not share a network with others: a name of theirs means another service there. */
function clientsApart(links: readonly PlacedLink[], services: ReadonlyMap<string, Service>): ReadonlySet<string> {
  const targets = new Map<string, Set<string>>();
  const add = (network: string | undefined, name: string, target: string) => {
    const key = JSON.stringify([network, name]);
    targets.set(key, (targets.get(key) ?? new Set()).add(target));
  };
  for (const { network, alias, target } of links) add(network, alias, target);
  for (const [name, service] of services) for (const network of networksOf(service).keys()) add(network, name, name);
  const isApart = ({ network, alias }: PlacedLink) => (targets.get(JSON.stringify([network, alias]))?.size ?? 0) > 1;
  const apart = new Set(links.filter(isApart).map(({ client }) => client));
  // Who links to one of these reaches it by a network of his own as well.
  for (let before = -1; before !== apart.size;) {
    before = apart.size;
    for (const { client, target } of links) if (apart.has(target)) apart.add(client);
  }
  return apart;
}

type Placing = {
  readonly links: readonly PlacedLink[];
  readonly apart: ReadonlySet<string>;
  readonly services: ReadonlyMap<string, Service>;
};

function refuseNetworks(template: Template, { links, apart, services }: Placing): void {
  for (const { client, target, alias, at, network } of links) {
    const service = services.get(client);
    if (network === undefined) template.refuse(at, `${shown(client)} and ${shown(target)} share no network`);
    else if (apart.has(client) && service?.get("networks") !== undefined) {
      template.refuse(
        at,
        `${shown(alias)} means another service in the networks of ${shown(client)}: choose another name`,
      );
    }
  }
}

function ownNetwork(client: string): string {
  return `${client}-links`;
}

function join(joined: Joined, service: string, network: string, alias?: string): void {
  const networks = joined.get(service) ?? new Map<string, Set<string>>();
  const aliases = networks.get(network) ?? new Set();
  joined.set(service, networks.set(network, alias === undefined ? aliases : aliases.add(alias)));
}

function joinNetworks(service: Service, joined: ReadonlyMap<string, ReadonlySet<string>>, isApart: boolean): void {
  const before = networksOf(service);
  const isNews = [...joined].some(([name, aliases]) => !before.has(name) || aliases.size > 0);
  if (!isNews && !isApart) return;
  const names = new Set([...(isApart ? [] : before.keys()), ...joined.keys()]);
  if (isApart) names.delete("default");
  const networks = [...names].map((name) => {
    const known = mapOf(before.get(name));
    const aliases = [...new Set([...listOf(known["aliases"]), ...(joined.get(name) ?? [])])];
    return [name, aliases.length > 0 ? { ...known, aliases } : (before.get(name) ?? null)] as const;
  });
  service.set("networks", Object.fromEntries(networks));
}

/** The networks of a service with what it says of each; without any it is in that of all. */
function networksOf(service: Service): ReadonlyMap<string, unknown> {
  const networks = service.get("networks");
  if (Array.isArray(networks)) return new Map(networks.map((name) => [String(name), null]));
  const named = Object.entries(mapOf(networks));
  return new Map(named.length > 0 ? named : [["default", null]]);
}

function listOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

function usesOtherNetwork(service: Service): boolean {
  const mode = service.get("network_mode") ?? service.get("net");
  return typeof mode === "string" && mode !== "bridge" && mode !== "default";
}
