import { mostRules, type ProxyRecord, type ProxyRules } from "@fairway/contract";
import type { ListenerFacts } from "../desired/desired.ts";
import { nowhere } from "../desired/usable-addresses.ts";

/** Characters of all texts that hold of services that say nothing. */
const longestTexts = 4096;

/** What an agent's record tells of what its listeners are made of; undefined: there is too much of it. */
export function rulesOf(facts: ListenerFacts): ProxyRules | undefined {
  const { ports, ownership, addresses, balance, trust, tls, authorities, defaults = {} } = facts;
  const { tunnelTimeout, failoverWaitMs, maxconn } = facts;
  const { nameOwners = [] } = ownership;
  const lists = [ports.allowed, ports.reserved, ownership.owners, nameOwners, ownership.shared, addresses];
  const texts = Object.values(defaults).join("");
  if (lists.some((list) => list.length > mostRules) || texts.length > longestTexts) return undefined;
  return {
    project: ownership.project ?? null,
    listenPorts: [...ports.allowed],
    reserved: [...ports.reserved],
    portOwners: ownership.owners.map(({ project, ports: { first, last } }) => ({ project, ports: { first, last } })),
    ...(nameOwners.length > 0 && { nameOwners: nameOwners.map(({ project, name }) => ({ project, name })) }),
    sharedPorts: [...ownership.shared],
    addresses: [...addresses],
    balance,
    ...(trust && { trust }),
    noTls: tls.ok ? null : tls.reason,
    noAuthority: authorities.ok ? null : authorities.reason,
    hasLabelTls: tls.labels !== undefined,
    tunnelTimeout,
    failoverWaitMs,
    maxconn,
    defaults: { ...defaults },
  };
}

/** What listeners of a proxy are made of, by its record and its rules. Nothing is known of its machine's addresses. */
export function factsBy(
  { scope, balancer = "*", vantage }: ProxyRecord,
  rules: ProxyRules,
  nodeAddress: string | undefined,
): ListenerFacts {
  const labels = rules.hasLabelTls ? { labels: { folder: "", words: [], isCounted: false } } : {};
  return {
    vantage,
    here: { ...nowhere, nodeAddress },
    ports: { allowed: rules.listenPorts, reserved: rules.reserved },
    ownership: {
      balancer,
      project: rules.project ?? undefined,
      scope,
      owners: rules.portOwners,
      nameOwners: rules.nameOwners ?? [],
      shared: rules.sharedPorts,
    },
    addresses: rules.addresses,
    bindOptions: new Map(),
    balance: rules.balance,
    checkOptions: ["check"],
    serverOptions: [],
    trust: rules.trust,
    tls: { ...(rules.noTls === null ? { ok: true, bind: [] } : { ok: false, reason: rules.noTls }), ...labels },
    authorities: rules.noAuthority === null ? { ok: true, file: "" } : { ok: false, reason: rules.noAuthority },
    tunnelTimeout: rules.tunnelTimeout,
    failoverWaitMs: rules.failoverWaitMs,
    maxconn: rules.maxconn,
    defaults: rules.defaults,
    checks: { logins: undefined, rolesSocket: "" },
  };
}
