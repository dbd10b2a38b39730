import { ageOf } from "./times.ts";
import { cell, mark, tags } from "./cells.ts";
import { html, type VNode } from "./html.ts";
import type { PageLine, ServiceLine } from "./service-lines.ts";

/** Titles of the columns, by the columns' names. */
export const serviceColumns = {
  name: "Service, container",
  fronts: "Port",
  state: "State",
  node: "Node",
  reason: "",
  age: "Age",
};

/** The cells of a service or of a container. */
export function serviceCells(line: PageLine, nowMs: number): readonly VNode[] {
  if (line.kind === "service") return cellsOfService(line);
  const { tone, name, fronts, state, node, reason, since } = line.row;
  return [
    mark(tone),
    cell("name", name),
    tags("fronts", fronts, 2),
    cell("state", state),
    cell("node", node),
    cell("reason", reason, tone === "broken" || tone === "partly" ? "bad" : ""),
    cell("age", ageOf(since, nowMs)),
  ];
}

function cellsOfService({ tone, project, service, fronts, served, containers, nodes, isFolded }: ServiceLine) {
  const name = html`<span role="gridcell" class="cell name"
    ><span class=${`fold ${isFolded ? "" : "open"}`} aria-hidden="true"></span><span class="project">${project}/</span
    ><b>${service}</b></span
  >`;
  return [
    mark(tone),
    name,
    tags("fronts", fronts, 2),
    cell("state", `${served} of ${containers}`),
    cell("node", nodes === 1 ? "1 node" : `${nodes} nodes`),
    cell("reason", ""),
    cell("age", ""),
  ];
}
