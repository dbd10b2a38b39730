import { pino } from "pino";
import type { Desired, EndpointRejection, ListenerFacts } from "../src/desired/desired.ts";
import { nowhere } from "../src/desired/usable-addresses.ts";
import { DesiredState, type DesiredStateOptions } from "../src/desired/desired-state.ts";
import { sectionsOf, type ProxySettings } from "../src/config/sections.ts";
import { RegistryCache } from "../src/registry/cache.ts";
import type { CertificateKeeper } from "../src/registry/certificate-settings.ts";
import type { Given } from "./given.ts";

/** A proxy in the namespace of node-1 that may open any port. */
export const facts: ListenerFacts = {
  vantage: { kind: "node", node: "node-1", networks: [] },
  here: nowhere,
  ports: { allowed: [{ first: 1, last: 65535 }], reserved: [{ port: 1936, whose: "this proxy's own STATS_PORT" }] },
  ownership: { balancer: "*", project: undefined, scope: ["endpoints/"], owners: [], shared: [] },
  addresses: ["0.0.0.0"],
  bindOptions: new Map(),
  checkOptions: ["check"],
  serverOptions: [],
  tls: { ok: false, reason: "this proxy has no certificate: set CERT_FOLDER" },
  balance: "roundrobin",
  authorities: { ok: false, reason: "this proxy trusts no authority: set SERVER_CA_FOLDER" },
  tunnelTimeout: "1h",
  failoverWaitMs: 5000,
  maxconn: 4096,
  checks: { logins: undefined, rolesSocket: "/var/lib/fairway/roles.sock" },
};

export const proxySettings: ProxySettings = {
  mode: "tcp",
  balance: "roundrobin",
  options: [],
  timeouts: [],
  maxconn: 4096,
  extraGlobal: [],
  extraDefaults: [],
  backends: [],
  rsyslogDestination: "127.0.0.1",
  connectionLog: "off",
  statsPort: 1936,
  statsAuth: undefined,
  reloadTimeoutS: 0,
  tlsOptions: "ssl-min-ver TLSv1.2",
  tlsCiphers: undefined,
  socket: "/var/lib/fairway/haproxy.sock",
  addresses: ["0.0.0.0"],
};

export const { sections } = sectionsOf(proxySettings, () => true);

/** The desired state of a proxy with this cache. */
export function desiredStateOf(cache: RegistryCache, changed: Partial<DesiredStateOptions> = {}): DesiredState {
  return new DesiredState({
    cache,
    facts,
    ownAddresses: () => facts.here.addresses,
    sections,
    listenerGraceMs: 60_000,
    empty: [],
    isServingSnapshot: true,
    now: () => 1_000_000,
    log: pino({ level: "silent" }),
    signal: new AbortController().signal,
    ...changed,
  });
}

/** What a proxy holds, and what it refuses, that has just listed these records. */
export function decide(
  records: Given,
  changed: Partial<ListenerFacts> = {},
  certificates?: CertificateKeeper,
): Desired & { rejections: readonly EndpointRejection[] } {
  const cache = new RegistryCache({ certificates });
  cache.onEvent(records.listed(), 0);
  const ownAddresses = () => (changed.here ?? facts.here).addresses;
  const state = desiredStateOf(cache, { facts: { ...facts, ...changed }, ownAddresses });
  const desired = state.take()?.desired ?? { sections, listeners: [] };
  return { ...desired, rejections: state.rejections() };
}

/** What a proxy holds that has just listed these records. */
export function desiredOf(records: Given, changed: Partial<ListenerFacts> = {}): Desired {
  const { listeners } = decide(records, changed);
  return { sections, listeners };
}
