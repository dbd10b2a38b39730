import { claimsPrefix, drainsPrefix, nodesPrefix, type ProxyRecord, settingsPrefix } from "@fairway/contract";
import { type Known, knownOf, knownPrefixes } from "@fairway/proxy-agent";
import type { Stored } from "@fairway/registry";
import { keptRows } from "./changes.ts";
import { ContainerRows } from "./container-rows.ts";
import { nodeRows, portRows, proxyRows, rejectionRows } from "./registry-rows.ts";
import { noTables, type Tables } from "./rows.ts";

/** What of the registry the page is made of. */
export const viewPrefixes: readonly string[] = [...knownPrefixes, claimsPrefix, drainsPrefix];

/** Tables of what the registry has; asked again with what has changed, the rest of them are the same objects. */
export class View {
  readonly #containers = new ContainerRows();
  #around: Around = { told: [], is: {} };
  #tables: Tables = noTables;
  #known: Known = knownOf([]);

  /** The tables of the last look. */
  get tables(): Tables {
    return this.#tables;
  }

  /** What the last look knows, for what is asked of one container. */
  get known(): Known {
    return this.#known;
  }

  /** Makes tables of everything below {@link viewPrefixes}. */
  look(stored: readonly Stored[]): Tables {
    const known = knownOf(stored);
    const before = this.#tables;
    this.#known = known;
    this.#around = aroundOf(stored, known, this.#around);
    this.#tables = {
      containers: this.#containers.rowsOf(known, this.#around.is),
      ports: keptRows(before.ports, portRows(stored)),
      nodes: keptRows(before.nodes, nodeRows(known, stored)),
      proxies: keptRows(before.proxies, proxyRows(known)),
      rejections: keptRows(before.rejections, rejectionRows(known)),
    };
    return this.#tables;
  }
}

/** What decides about containers beside their own records. `is` is another object when any of it has changed. */
type Around = { readonly told: readonly string[]; readonly is: object };

/** A proxy tells every few seconds what it has applied: that alone changes nothing for a container. */
function aroundOf(stored: readonly Stored[], known: Known, before: Around): Around {
  const proxies = known.proxies.map(({ name, record }) => `${name} ${decidingOf(record)}`);
  const others = stored.filter(({ key }) => key.startsWith(nodesPrefix) || key.startsWith(settingsPrefix));
  const told = [...proxies, "", ...others.map(({ key, modRevision }) => `${key} ${modRevision}`)];
  const isSame = told.length === before.told.length && told.every((each, at) => each === before.told[at]);
  return isSame ? before : { told, is: {} };
}

const deciding = new WeakMap<ProxyRecord, string>();

/** What of a proxy's record decides about containers. */
function decidingOf(record: ProxyRecord): string {
  const { scope, balancer, vantage, rejections, lastError } = record;
  const text = deciding.get(record) ?? JSON.stringify([scope, balancer, vantage, rejections, lastError]);
  deciding.set(record, text);
  return text;
}
