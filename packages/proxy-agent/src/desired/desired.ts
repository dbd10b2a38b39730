import type { LabelTrust, ServerAuthorities } from "@fairway/contract";
import type { Configuration, Listener, ListenerSettings } from "@fairway/haproxy";
import type { OwnershipRules } from "./port-owner.ts";
import type { PortRules } from "./listen-ports.ts";
import type { Here } from "./usable-addresses.ts";
import type { Vantage } from "./vantage.ts";
import { tlsWords, type TlsFacts } from "./tls-words.ts";

/** What HAProxy should hold. */
export type Desired = Configuration;

/** What HAProxy should hold at this moment. */
export type Wanted = {
  /** The same object as before when nothing changed, as is each unchanged listener. */
  readonly desired: Desired;
  /** The registry's revision that it follows from. */
  readonly revision: bigint;
  /** When the earliest event in it came, ms of `performance.now()`; undefined: no event changed anything. */
  readonly sinceMs: number | undefined;
};

/** Something in the registry that this proxy does not serve, or serves otherwise than asked. */
export type EndpointRejection = {
  readonly code: string;
  /** Key of the record, relative to the prefix. */
  readonly key: string;
  readonly reason: string;
  /** `hint`: it is served, otherwise than asked or not for long. */
  readonly severity?: "hint";
};

/** What listeners are made of beside the registry's records: constant while the agent runs, but for where it stands. */
export type ListenerFacts = {
  readonly vantage: Vantage;
  readonly here: Here;
  readonly ports: PortRules;
  readonly ownership: OwnershipRules;
  /** Local addresses of every listener, one `bind` line each. */
  readonly addresses: readonly string[];
  /** EXTRA_BIND_SETTINGS by port: words. */
  readonly bindOptions: ReadonlyMap<number, readonly string[]>;
  /** How servers are chosen where nobody says otherwise: BALANCE. */
  readonly balance: string;
  /** Words of the health check, after the address of each server. */
  readonly checkOptions: readonly string[];
  /** Words after these. */
  readonly serverOptions: readonly string[];
  /** What holds of services of which no label and no operator's key says otherwise, by the names of labels. (nothing) */
  readonly defaults?: Readonly<Record<string, string>>;
  /** How much of HAProxy's language labels may use. (what is listed) */
  readonly trust?: LabelTrust | undefined;
  /** What TLS listeners are made of. */
  readonly tls: TlsFacts;
  /** Whose certificates servers need that are spoken TLS with. */
  readonly authorities: ServerAuthorities;
  /** How long an established TLS connection may say nothing, in HAProxy's words. */
  readonly tunnelTimeout: string;
  /** False: its HAProxy answers no client of PostgreSQL. (it does) */
  readonly hasLua?: boolean;
  /** FAILOVER_WAIT: how long connections wait for a server that has the role; 0: not at all. */
  readonly failoverWaitMs: number;
  /** MAXCONN. */
  readonly maxconn: number;
  /** What checks by CHECK take beside their words. */
  readonly checks: CheckFiles;
};

/** Files that checks need. */
export type CheckFiles = {
  /** By server: how a check logs in; undefined: without CHECK_SECRETS none does. */
  readonly logins: string | undefined;
  /** The socket over which HAProxy asks itself for roles of servers. */
  readonly rolesSocket: string;
};

/** What the section of a port, TLS or plain, holds beside its servers. */
export function listenerSettings(
  { port, ssl }: Pick<Listener, "port" | "ssl">,
  facts: ListenerFacts,
  { lines, lists, certificates = [], mostWaiting }: ChosenSettings = {},
): ListenerSettings {
  const tls = ssl ? tlsWords({ port, certificates }, facts.tls) : [];
  const own = { addresses: facts.addresses, bind: [...tls, ...(facts.bindOptions.get(port) ?? [])] };
  const hasOwnCertificates = ssl && certificates.length > 0 && facts.tls.labels !== undefined;
  return {
    ...own,
    ...(lines?.length && { lines }),
    ...(lists?.length && { lists }),
    ...(hasOwnCertificates && { certificates }),
    ...(mostWaiting !== undefined && { mostWaiting }),
  };
}

/** What the settings of its containers make of a listener. */
type ChosenSettings = Pick<ListenerSettings, "lines" | "lists" | "certificates" | "mostWaiting">;

/** True when a listener has not changed: its parts are the same objects as before. */
export function isSameListener(before: Listener | undefined, now: Listener): boolean {
  if (before === undefined || before.servers !== now.servers) return false;
  if (before.hasLocalServers !== now.hasLocalServers) return false;
  const [one, other] = [before.settings, now.settings];
  const hasSameSettings =
    before.ssl === now.ssl &&
    before.isGreeted === now.isGreeted &&
    one.addresses === other.addresses &&
    one.bind.join() === other.bind.join();
  return (
    hasSameSettings &&
    one.lines === other.lines &&
    one.lists === other.lists &&
    one.certificates === other.certificates &&
    one.mostWaiting === other.mostWaiting &&
    before.services.join() === now.services.join()
  );
}
