import {
  type ClaimRecord,
  claimsOfEndpoint,
  claimsPrefix,
  decode,
  encode,
  endpointRecordSchema,
  endpointsPrefix,
  endpointsPrefixOf,
  frontOf,
  type FrontParts,
  hostPortsKey,
  type HostPortsRecord,
  ordinaryProxies,
  parseEndpointKey,
  portName,
  type Rejection,
  type ServiceName,
} from "@fairway/contract";
import { type Foreseen, type ForeseenProxy, foresee } from "@fairway/proxy-agent";
import { type NamedNode, plannedRecords } from "@fairway/registrar";
import { readAsked, type Stored } from "@fairway/registry";
import type { PlannedContainer } from "./planned-container.ts";
import type { PlanItem } from "./plan-item.ts";

/** A proxy that a plan is made for. */
export type PlannedProxy = ForeseenProxy & { readonly name: string };

/** What a plan is made of. */
export type PlanQuestion = {
  readonly containers: readonly PlannedContainer[];
  /** Where they would run. */
  readonly node: NamedNode;
  readonly proxies: readonly PlannedProxy[];
  /** The whole registry, at one revision. */
  readonly stored: readonly Stored[];
  readonly nowMs: number;
};

/** A container with what its registrar would write and refuse. */
type Written = PlannedContainer & ReturnType<typeof plannedRecords>;

/**
 * What would be so once these containers run and are ready: of each front port at each proxy, of each label that is
 * refused, and of what others lose by it. Containers that run of these services on that node are taken to be replaced.
 */
export function planOf(question: PlanQuestion): readonly PlanItem[] {
  const { node, proxies, nowMs } = question;
  const written = question.containers.map((each): Written => {
    return { ...each, ...plannedRecords(each.container, each.networkOwner, { node, nowMs }) };
  });
  const { before, after } = registries(written, question);
  const views = proxies.map((proxy) => ({ proxy, was: foresee(proxy, before), is: foresee(proxy, after) }));
  const own = written.flatMap((each) => [
    ...each.rejections.map((rejection) => itemOfLabel(each, rejection, node.name)),
    ...[...each.records.keys()].flatMap((key) => itemsOfEndpoint(each, key, { views, after })),
  ]);
  const planned = new Set(written.flatMap(({ name }) => endpointsPrefixOf(name.project, name.service)));
  return [...own, ...views.flatMap((view) => displaced(view, planned))];
}

type View = { readonly proxy: PlannedProxy; readonly was: Foreseen; readonly is: Foreseen };

/** The part of the registry that matters, as it is, and as it would be. */
function registries(written: readonly Written[], { node, stored, nowMs }: PlanQuestion) {
  const projects = new Set(written.map(({ name }) => endpointsPrefixOf(name.project)));
  const services = written.map(({ name }) => endpointsPrefixOf(name.project, name.service));
  const asked = written.flatMap(({ records }) => [...records].map(([key, value]) => readAsked({ key, value })));
  const ports = new Set(asked.flatMap((each) => each?.claims ?? []).map(portOf));
  const fronts = (each: Stored) => (readAsked(each)?.claims ?? []).map(portOf);
  const isMeant = (each: Stored) =>
    !each.key.startsWith(endpointsPrefix) ||
    [...projects].some((prefix) => each.key.startsWith(prefix)) ||
    fronts(each).some((port) => ports.has(port));
  const before = stored.filter(isMeant);
  const isReplaced = ({ key }: Stored) =>
    services.some((prefix) => key.startsWith(prefix)) && parseEndpointKey(key)?.node === node.name;
  let revision = stored.reduce((most, { modRevision }) => (modRevision > most ? modRevision : most), 0n);
  const after = new Map(before.filter((each) => !isReplaced(each)).map((each) => [each.key, each]));
  const put = (key: string, value: string) => {
    revision += 1n;
    after.set(key, { key, value, createRevision: revision, modRevision: revision, lease: undefined });
  };
  const made: ClaimRecord = { v: 1, claimedAt: new Date(nowMs).toISOString(), by: node.name };
  const claim = encode(made);
  for (const { container, records } of written) {
    const published: HostPortsRecord = { v: 1, ports: [...container.hostPorts] };
    const at = { node: node.name, container12: container.id.slice(0, 12) };
    if (published.ports.length > 0) put(hostPortsKey(at), encode(published));
    for (const [key, value] of records) {
      for (const each of readAsked({ key, value })?.claims ?? []) if (!after.has(each)) put(each, claim);
      put(key, value);
    }
  }
  return { before, after: [...after.values()] };
}

/** Of a claim's key, the balancer and the port: what two holders contend for. */
function portOf(key: string): string {
  const parts = key.slice(claimsPrefix.length).split("/");
  // Names on a port contend with who has it as a whole.
  return `${parts[0]} ${parts.at(-1)?.split(",")[0]}`;
}

function itemOfLabel(each: Written, { severity, code, label, reason }: Rejection, node: string): PlanItem {
  const at = each.service.labelsAt[label ?? ""] ?? each.service.at;
  return {
    ...blank(each.name),
    where: `${each.file}:${at.line}:${at.column}`,
    by: `registrar ${node}`,
    result: severity,
    code,
    label: label || null,
    reason,
  };
}

function blank({ project, service }: ServiceName): Omit<PlanItem, "by" | "result"> {
  const none = { front: null, owner: null, ownerBy: null, settings: [], code: null, label: null, reason: null };
  return { name: `${project}/${service}`, project, service, where: null, ...none };
}

type Registry = { readonly views: readonly View[]; readonly after: readonly Stored[] };

function itemsOfEndpoint(each: Written, key: string, { views, after }: Registry): readonly PlanItem[] {
  const stored = after.find((one) => one.key === key);
  const at = parseEndpointKey(key);
  const record = decode(endpointRecordSchema, stored?.value ?? "");
  if (stored === undefined || at === undefined || !record.ok) return [];
  const claims = claimsOfEndpoint(at, record.record);
  return claims.flatMap((claim) => {
    const { line, column } = each.service.at;
    const common = { ...blank(each.name), where: `${each.file}:${line}:${column}`, front: portName(claim) };
    const isAsked = ({ proxy: { record: of } }: View) =>
      (of.balancer ?? ordinaryProxies) === claim.balancer && of.scope.some((prefix) => key.startsWith(prefix));
    const asked = views.filter(isAsked);
    const reason = `no proxy is to serve it: none has it in its scope${claim.balancer === ordinaryProxies ? "" : `, or is load balancer ${claim.balancer}`}`;
    if (asked.length === 0) return [{ ...common, by: "nobody", result: "nowhere" as const, reason }];
    return asked.flatMap((view) => itemsAt(view, { key, port: claim.port, name: claim.name, common }));
  });
}

type AskedFront = {
  readonly key: string;
  readonly port: number;
  /** One of several names on that port. */
  readonly name: string | undefined;
  readonly common: ReturnType<typeof blank>;
};

function itemsAt({ proxy, is }: View, { key, port, name, common }: AskedFront): readonly PlanItem[] {
  const by = `proxy ${proxy.name}`;
  const listener = is.listeners.find((each) => each.port === port && each.name === name);
  const service = endpointsPrefixOf(common.project, common.service);
  const told = is.rejections.filter(
    (each) => [key, service, `port_${port}`].includes(each.key) && isOf(each, { port, name }),
  );
  const hints = told.filter(({ severity }) => severity === "hint");
  const hinted = hints.map(({ code, reason }) => ({ ...common, by, result: "hint" as const, code, reason }));
  if (listener?.endpoints.includes(key) === true) {
    const { owner, settings } = listener;
    const whose = owner && (owner.service === undefined ? owner.project : `${owner.project}/${owner.service}`);
    const served = {
      result: "served" as const,
      owner: whose ?? null,
      ownerBy: owner?.by ?? null,
      settings: [...settings],
    };
    return [{ ...common, by, ...served }, ...hinted];
  }
  const refusals = told.filter(({ severity }) => severity !== "hint");
  const [first] = refusals;
  const { code = "not-served", reason = "it has no server there" } = first ?? {};
  return [{ ...common, by, result: "refused", code, reason }, ...hinted];
}

/** Whether something refused is about this front port, as a whole or by this name. */
function isOf({ front }: Foreseen["rejections"][number], { port, name }: FrontParts): boolean {
  return front === undefined || front === port || front === frontOf({ port, name });
}

/** What is served now and would be no longer, of services that are not planned. */
function displaced({ proxy, was, is }: View, planned: ReadonlySet<string>): readonly PlanItem[] {
  return was.listeners.flatMap(({ port, name, endpoints }) => {
    const now = new Set(is.listeners.find((each) => each.port === port && each.name === name)?.endpoints);
    const lost = endpoints.filter((key) => !now.has(key) && ![...planned].some((prefix) => key.startsWith(prefix)));
    const services = new Map(
      lost.flatMap((key) => {
        const at = parseEndpointKey(key);
        return at === undefined ? [] : [[endpointsPrefixOf(at.project, at.service), { at, key }] as const];
      }),
    );
    return [...services.values()].map(({ at, key }) => {
      const isWhy = (each: Foreseen["rejections"][number]) =>
        each.key === `port_${port}` || (each.key === key && isOf(each, { port, name }));
      const why = is.rejections.find(isWhy);
      const balancer = proxy.record.balancer ?? ordinaryProxies;
      const front = portName({ port, name, balancer });
      const told = { code: why?.code ?? "not-served", reason: why?.reason ?? "it has no server there then" };
      return { ...blank(at), front, by: `proxy ${proxy.name}`, result: "displaced" as const, ...told };
    });
  });
}
