import { shown } from "@fairway/contract";
import { mapOf, readPairs } from "../document/pairs.ts";
import type { Position } from "../document/remark.ts";
import type { Service } from "../document/service.ts";
import type { Template } from "../document/template.ts";
import { readLinks } from "./links.ts";

const dependsLabel = "aliyun.depends";

type Dependency = { readonly on: string; readonly at: Position };

/** Refuses to wait for what is not there, and services that wait for each other. */
export function checkDependencies(template: Template): void {
  const services = new Map(template.services().map((service) => [service.name, service]));
  for (const service of services.values()) {
    for (const { on, at } of labelDependencies(service)) {
      if (!services.has(on)) template.refuse(at, `depends on ${shown(on)}, which is no service of this template`);
    }
  }
  if (template.hasProblems) return;
  const graph = new Map([...services].map(([name, service]) => [name, dependenciesOf(service)]));
  for (const [name, dependencies] of graph) {
    const circle = findCircle(graph, name);
    const first = dependencies.find(({ on }) => on === circle?.[1]);
    // Told once, where its first name by letter stands.
    if (circle && first && name === circle.toSorted()[0]) {
      template.refuse(first.at, `waits for itself: ${circle.map(shown).join(" → ")}`);
    }
  }
}

/** What a service waits for or links to starts before it. */
export function addDependencies(template: Template): void {
  for (const service of template.services()) {
    const known = service.get("depends_on");
    const names = Array.isArray(known) ? known.map(String) : Object.keys(mapOf(known));
    const added = [...new Set(dependenciesOf(service).map(({ on }) => on))].filter((name) => !names.includes(name));
    if (added.length === 0) continue;
    const started = added.map((name) => [name, { condition: "service_started" }] as const);
    const isMap = known !== undefined && !Array.isArray(known);
    service.set("depends_on", isMap ? { ...mapOf(known), ...Object.fromEntries(started) } : [...names, ...added]);
  }
}

function dependenciesOf(service: Service): readonly Dependency[] {
  return [...labelDependencies(service), ...readLinks(service).map(({ target, at }) => ({ on: target, at }))];
}

function labelDependencies(service: Service): readonly Dependency[] {
  const labels = readPairs(service, "labels").filter(({ name }) => name === dependsLabel);
  return labels.flatMap(({ value, at }) => {
    const names = value.split(",").map((name) => name.trim());
    return names.filter((name) => name !== "").map((on) => ({ on, at }));
  });
}

/** The way from a service back to itself, both ends named. */
function findCircle(graph: ReadonlyMap<string, readonly Dependency[]>, start: string): readonly string[] | undefined {
  const seen = new Set<string>();
  const follow = (way: readonly string[]): readonly string[] | undefined => {
    for (const { on } of graph.get(way.at(-1) ?? "") ?? []) {
      if (on === start) return [...way, on];
      if (seen.has(on)) continue;
      seen.add(on);
      const found = follow([...way, on]);
      if (found) return found;
    }
    return undefined;
  };
  return follow([start]);
}
