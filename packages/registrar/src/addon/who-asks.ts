import { addonLabel, addonOwnLabel, shown } from "@fairway/contract";
import type { Bridge, Container } from "../docker/container.ts";

/** What {@link addonLabel} says of a container that may subscribe. */
const addonValue = "proxy";

/** A request, and what the engine says of who may have sent it. */
export type Asking = {
  /** Where it came from. */
  readonly source: string;
  /** The address of this host that it was sent to. */
  readonly local: string;
  /** Every address of this host. */
  readonly hostAddresses: readonly string[];
  /** The containers that may have `source`, as inspected now. */
  readonly containers: readonly Container[];
  /** `docker_gwbridge`: the way out of containers on overlays; undefined where there is none. */
  readonly gatewayBridge: Bridge | undefined;
};

/** The container that asks and may be answered, or why nobody is. */
export type Asker =
  { readonly ok: true; readonly container: Container } | { readonly ok: false; readonly reason: string };

/**
 * Who may be answered: a running container of this engine with the label, asking from its address on a bridge at that
 * bridge's own gateway. Nothing that comes from another node, the host or through a published port has both.
 */
export function whoAsks({ source, local, hostAddresses, containers, gatewayBridge }: Asking): Asker {
  const host = refuseHost(source, local, hostAddresses);
  if (host !== undefined) return host;
  const found = containers.filter(isOnNetworks).flatMap((container) => {
    const bridges = bridgesOf(container, gatewayBridge);
    return bridges.some(({ ips }) => ips.includes(source)) ? [{ container, bridges }] : [];
  });
  const asker = found.find(({ bridges }) => {
    return bridges.some(({ ips, gateways }) => ips.includes(source) && gateways.includes(local));
  });
  if (asker !== undefined) return labelled(asker.container);
  const [elsewhere] = found;
  return refused(elsewhere === undefined ? stranger(source) : wrongWay(elsewhere, local));
}

/** Refuses the host itself; undefined: it is another. Nobody needs to be asked for that. */
export function refuseHost(
  source: string,
  local: string,
  hostAddresses: readonly string[],
): (Asker & { readonly ok: false }) | undefined {
  return source === local || hostAddresses.includes(source) ? refused(fromHost) : undefined;
}

/** An address as sockets tell it, without the wrapping of IPv4 in IPv6 and without a zone. */
export function plainAddress(address: string): string {
  return address
    .toLowerCase()
    .replace(/^::ffff:(?=[0-9.]+$)/, "")
    .replace(/%.*$/, "");
}

/** A container in the host's or in another container's network has no address of its own. */
function isOnNetworks({ isRunning, networkMode }: Container): boolean {
  return isRunning && networkMode.kind === "networks";
}

type OnBridge = Pick<Bridge, "name" | "gateways"> & { readonly ips: readonly string[] };

/** Only a bridge's gateway is an address of the host: a macvlan's is some router's. */
function bridgesOf(container: Container, gatewayBridge: Bridge | undefined): readonly OnBridge[] {
  const members = gatewayBridge?.members.filter((member) => member.container === container.id) ?? [];
  return [
    ...container.networks.filter(({ driver }) => driver === "bridge"),
    ...members.flatMap(({ ips }) => (gatewayBridge === undefined ? [] : [{ ...gatewayBridge, ips }])),
  ];
}

function labelled(container: Container): Asker {
  const label = [addonOwnLabel, addonLabel].find((name) => Object.hasOwn(container.labels, name));
  const value = label === undefined ? undefined : container.labels[label];
  if (value === addonValue) return { ok: true, container };
  const wanted = `${addonLabel}: "${addonValue}"`;
  const found = value === undefined ? "" : `, but "${shown(value)}"`;
  return refused(`container ${shown(container.name)} has no label ${wanted}${found}: it may not subscribe`);
}

function refused(reason: string): Asker & { readonly ok: false } {
  return { ok: false, reason };
}

const fromHost =
  "the request comes from the host itself or from a container in its network: set ETCD_ENDPOINTS there, " +
  "only containers on a bridge are answered";

function stranger(source: string): string {
  return `${shown(source)} is the address of no running container on a bridge of this node: only such are answered, elsewhere set ETCD_ENDPOINTS`;
}

function wrongWay(
  { container, bridges }: { container: Container; bridges: readonly OnBridge[] },
  local: string,
): string {
  const gateways = bridges.flatMap(({ name, gateways: of }) => of.map((gateway) => `${gateway} (${name})`));
  const ask = gateways.length === 0 ? "" : `: ask at ${gateways.join(" or ")}`;
  return `container ${shown(container.name)} asked at ${shown(local)}, which is not the gateway of its bridge${ask}`;
}
