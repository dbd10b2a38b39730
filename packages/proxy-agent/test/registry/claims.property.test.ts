import assert from "node:assert/strict";
import { claimKey, encode, endpointKey, nodeKey, type ClaimRecord, type EndpointRecord } from "@fairway/contract";
import type { Change, Stored, SubscriptionEvent } from "@fairway/registry";
import fc from "fast-check";
import { DesiredState } from "../../src/desired/desired-state.ts";
import { RegistryCache } from "../../src/registry/cache.ts";
import { desiredStateOf, facts } from "../facts.ts";
import { endpointRecord, nodeRecord, published } from "../given.ts";

const balancer = "proxy_test";
const port = 6379;
const services = ["bank", "evil", "shop"] as const;
type Service = (typeof services)[number];

/** What registrars and etcd do; each service has one container, on a node of its own. */
const steps = ["start", "start", "renew", "stop", "lose", "return", "reboot", "release", "backup", "restore"] as const;
type Step = { readonly what: (typeof steps)[number]; readonly service: Service; readonly isRelisted: boolean };

const addressOf = (service: Service) => `198.18.0.${11 + services.indexOf(service)}`;

const keysOf = (service: Service) => ({
  endpoint: endpointKey({ project: "p", service, port, node: `node-${service}`, container12: service }),
  claim: claimKey({ balancer, project: "p", service, port, name: undefined }),
  node: nodeKey(`node-${service}`),
});

const valuesOf = (service: Service, session: string) => {
  const record: EndpointRecord = {
    ...endpointRecord({ addresses: [published(addressOf(service), 32768)], listen: [] }),
    claims: [{ balancer, port, scheme: "tcp" }],
  };
  const claim: ClaimRecord = { v: 1, claimedAt: "2026-01-01T00:00:00.000Z", by: `node-${service}` };
  const node = nodeRecord({ address: addressOf(service), session });
  return { endpoint: encode(record), claim: encode(claim), node: encode(node) };
};

/** etcd, as far as claims need it: keys with revisions, written in transactions. */
class Etcd {
  #stored = new Map<string, Stored>();
  #backup: { readonly stored: ReadonlyMap<string, Stored>; readonly revision: bigint } | undefined;
  revision = 1n;
  #sessions = 0;

  has(key: string): boolean {
    return this.#stored.has(key);
  }

  /** Whose claim is the oldest. */
  get oldest(): string | undefined {
    const claims = [...this.#stored.values()].filter(({ key }) => key.startsWith("claims/"));
    return claims.toSorted((a, b) => Number(a.createRevision - b.createRevision))[0]?.key.split("/")[3];
  }

  get listed(): SubscriptionEvent {
    return { type: "listed", listing: { revision: this.revision, stored: [...this.#stored.values()] } };
  }

  /** What the watches see; undefined: nothing was written. `listed`: the history is another one now. */
  do({ what, service }: Step): SubscriptionEvent | undefined {
    const { endpoint, claim, node } = keysOf(service);
    if (what === "start" || what === "renew" || what === "return") {
      if (what === "renew" && !this.has(endpoint)) return undefined;
      return this.#write(this.#offer(service));
    }
    if (what === "stop") return this.#write([], [endpoint]);
    if (what === "lose") return this.#write([], [endpoint, node]);
    if (what === "reboot") return this.has(endpoint) ? undefined : this.#write(this.#offer(service).slice(0, 1));
    // A registrar ends no claim that something asks for.
    if (what === "release") return this.has(endpoint) ? undefined : this.#write([], [claim]);
    if (what === "backup") this.#backup = { stored: new Map(this.#stored), revision: this.revision };
    return what === "restore" ? this.#restore() : undefined;
  }

  #offer(service: Service): readonly (readonly [string, string])[] {
    const keys = keysOf(service);
    const values = valuesOf(service, String((this.#sessions += 1)));
    const claim = this.has(keys.claim) ? [] : [[keys.claim, values.claim] as const];
    return [[keys.node, values.node], [keys.endpoint, values.endpoint], ...claim];
  }

  #write(puts: readonly (readonly [string, string])[], deletes: readonly string[] = []): SubscriptionEvent | undefined {
    const gone = deletes.filter((key) => this.has(key));
    if (puts.length + gone.length === 0) return undefined;
    const revision = (this.revision += 1n);
    const put = puts.map(([key, value]): Change => {
      const createRevision = this.#stored.get(key)?.createRevision ?? revision;
      const stored = { key, value, createRevision, modRevision: revision, lease: undefined };
      this.#stored.set(key, stored);
      return { type: "put", stored };
    });
    for (const key of gone) this.#stored.delete(key);
    const left = gone.map((key): Change => ({ type: "delete", key, modRevision: revision }));
    return { type: "changed", revision, changes: [...put, ...left] };
  }

  #restore(): SubscriptionEvent | undefined {
    if (!this.#backup) return undefined;
    this.#stored = new Map(this.#backup.stored);
    this.revision = this.#backup.revision;
    const { listed } = this;
    return listed.type === "listed" ? { ...listed, hasForgotten: true } : undefined;
  }
}

/** A load balancer that has followed etcd for a while, or begins now. */
class Balancer {
  readonly #cache = new RegistryCache({ balancer });
  readonly #desired: DesiredState = desiredStateOf(this.#cache, {
    facts: { ...facts, ownership: { ...facts.ownership, balancer } },
    listenerGraceMs: 0,
  });

  take(event: SubscriptionEvent): void {
    this.#cache.onEvent(event, 0);
    this.#desired.take();
  }

  /** Asks etcd about what is missing, as the judge does. */
  settle(etcd: Etcd): void {
    const { listed } = etcd;
    if (listed.type !== "listed") return;
    this.#cache.settle(this.#cache.missing.due(10_000), listed.listing, { now: 10_000 });
    this.#desired.take();
  }

  get revision(): bigint {
    return this.#cache.revision;
  }

  get owner(): string | undefined {
    return this.#desired.ownerOf(port)?.service;
  }

  /** The services of its servers. */
  get served(): readonly string[] {
    const listeners = this.#desired.take()?.desired.listeners ?? [];
    return [
      ...new Set(listeners.flatMap(({ servers }) => servers.map(({ endpoint }) => endpoint.split("/")[2] ?? ""))),
    ];
  }

  /** True while an ended claim stays in force here, as something of its holder is served that etcd no longer has. */
  isHolding(etcd: Etcd): boolean {
    const claim = services.find((service) => service === this.owner);
    return this.#cache.missing.size > 0 && claim !== undefined && !etcd.has(keysOf(claim).claim);
  }
}

describe("claims on a load balancer's port", () => {
  const anySteps = fc.array(
    fc.record({ what: fc.constantFrom(...steps), service: fc.constantFrom(...services), isRelisted: fc.boolean() }),
    // Long ones: an end of a claim takes three steps of one service.
    { maxLength: 30, size: "max" },
  );

  it("give it to one owner, the same on each proxy of one revision, whatever became of claims, owners and etcd", () => {
    fc.assert(
      fc.property(anySteps, (all) => {
        const etcd = new Etcd();
        const [watching, relisting] = [new Balancer(), new Balancer()];
        for (const each of [watching, relisting]) each.take(etcd.listed);
        for (const step of all) {
          const event = etcd.do(step);
          if (event) watching.take(event);
          if (event) relisting.take(step.isRelisted && event.type === "changed" ? etcd.listed : event);
          for (const each of [watching, relisting]) each.settle(etcd);
          isOwnedByOne(etcd, [watching, relisting]);
        }
      }),
      { numRuns: 100 },
    );
  });

  function isOwnedByOne(etcd: Etcd, proxies: readonly Balancer[]): void {
    for (const { revision, owner, served } of proxies) {
      assert.equal(revision, etcd.revision);
      assert.ok(
        served.length <= 1 && served.every((service) => service === owner),
        `${owner} owns, ${served.join(", ")} served`,
      );
    }
    const owners = proxies.filter((proxy) => !proxy.isHolding(etcd)).map(({ owner }) => owner);
    const { oldest } = etcd;
    assert.ok(
      owners.every((owner) => owner === undefined || owner === oldest),
      `owned by ${owners.join(" and by ")}, the oldest claim is ${oldest}'s`,
    );
    assert.ok(new Set(owners).size <= 1, `owned by ${owners.join(" and by ")}`);
  }
});
