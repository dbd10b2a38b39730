import { shown } from "@fairway/contract";
import { mapOf, type NamedValue, readPairs } from "../document/pairs.ts";
import type { Service } from "../document/service.ts";
import type { Template } from "../document/template.ts";
import { deployOf } from "./old-keys.ts";

/** A variable that told the scheduler where a container may be: beside what, or on which node. */
type Affinity = {
  readonly kind: "affinity" | "constraint";
  /** Name of a label, or `node`, `container`, `image`, `service`. */
  readonly name: string;
  readonly isSame: boolean;
  /** With `~`: where it can be had. */
  readonly isSoft: boolean;
  readonly value: string;
  readonly variable: NamedValue;
};

const stay = "its clients may stay on the servers' node: a proxy of that node reaches them there";

/** On one machine there is nothing to choose from. */
export function dropAffinities(template: Template): void {
  for (const { service, affinity } of takeAffinities(template)) {
    const alternative = affinity.kind === "affinity" && !affinity.isSame ? `; ${stay}` : "";
    const reason = `is left out: with one machine there is no other${alternative}`;
    template.note(affinity.variable.at, `${service.name}: ${textOf(affinity.variable)} ${reason}`);
  }
}

/** Where containers may be, as Swarm says it: by labels of nodes. */
export function replaceAffinities(template: Template): void {
  for (const { service, affinity } of takeAffinities(template)) {
    const told = placeService(template, service, affinity) ?? "is left out: Swarm has nothing of the kind";
    template.note(affinity.variable.at, `${service.name}: ${textOf(affinity.variable)} ${told}`);
  }
}

/** Places a service; answers what is to be said of it, undefined where Swarm cannot do it. */
function placeService(template: Template, client: Service, affinity: Affinity): string | undefined {
  const { kind, name, isSame, isSoft, value } = affinity;
  if (isSoft) return undefined;
  if (kind === "constraint") {
    addConstraint(client, `node.${name === "node" ? "hostname" : `labels.${name}`} ${operator(isSame)} ${value}`);
    return "is now a placement constraint";
  }
  const servers = template.services().filter((service) => hasLabel(service, affinity));
  if (servers.length === 0) return `is left out: no service of this file has the label ${shown(`${name}=${value}`)}`;
  if (!isSame && servers.some((server) => server.name === client.name))
    setPlacement(client, { max_replicas_per_node: 1 });
  const others = servers.filter((server) => server.name !== client.name);
  for (const server of others) {
    addConstraint(client, `node.labels.${nodeLabelOf(server)} ${operator(isSame)} true`);
    addConstraint(server, `node.labels.${nodeLabelOf(server)} == true`);
  }
  const commands = others.map((server) => `docker node update --label-add ${nodeLabelOf(server)}=true <node>`);
  if (commands.length === 0) return "is now at most one replica a node";
  const goal = isSame ? "" : `; not needed with Fairway: ${stay}`;
  return `is now a placement constraint: choose the nodes of ${others.map((each) => each.name).join(", ")} by ${commands.join(" and ")}${goal}`;
}

/** Takes the affinities out of the environments of all services. */
function takeAffinities(template: Template): readonly { readonly service: Service; readonly affinity: Affinity }[] {
  const services = template.services();
  const found = services.flatMap((service) => {
    const affinities = readPairs(service, "environment").flatMap((variable) => readAffinity(variable) ?? []);
    return affinities.map((affinity) => ({ service, affinity }));
  });
  // Afterwards: what is merged into several services stands once.
  for (const service of services) service.deleteItems("environment", (item) => /^(affinity|constraint):/.test(item));
  return found;
}

function readAffinity(variable: NamedValue): Affinity | undefined {
  const pattern = /^(?<kind>affinity|constraint):(?<name>.+?)(?<operator>==|!=)(?<soft>~?)(?<value>.*)$/s;
  const { kind, name = "", operator: how, soft, value = "" } = pattern.exec(textOf(variable))?.groups ?? {};
  if (kind !== "affinity" && kind !== "constraint") return undefined;
  return { kind, name, isSame: how === "==", isSoft: soft === "~", value, variable };
}

function hasLabel(service: Service, { name, value }: Affinity): boolean {
  if (name === "service") return service.name === value;
  if (name === "image") return service.get("image") === value;
  return readPairs(service, "labels").some((label) => label.name === name && label.value === value);
}

/** A label of the nodes that may run a service. */
function nodeLabelOf({ name }: Service): string {
  return `fairway.runs.${name}`;
}

function operator(isSame: boolean): string {
  return isSame ? "==" : "!=";
}

function addConstraint(service: Service, constraint: string): void {
  const { constraints } = placementOf(service);
  const known = Array.isArray(constraints) ? constraints.map(String) : [];
  if (!known.includes(constraint)) setPlacement(service, { constraints: [...known, constraint] });
}

function setPlacement(service: Service, added: Readonly<Record<string, unknown>>): void {
  service.set("deploy", { ...deployOf(service), placement: { ...placementOf(service), ...added } });
}

function placementOf(service: Service): Readonly<Record<string, unknown>> {
  return mapOf(deployOf(service)["placement"]);
}

/** A map may have the whole of it for a key. */
function textOf({ name, value }: NamedValue): string {
  return shown(value === "" && /[!=]=/.test(name) ? name : `${name}=${value}`);
}
