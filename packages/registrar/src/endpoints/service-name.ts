import {
  hasControlCharacter,
  longestName,
  refuseControlCharacter,
  refused,
  refuseLabel,
  shown,
  type Rejection,
  type ServiceName,
} from "@fairway/contract";
import type { Container } from "../docker/container.ts";
import { composeLabels } from "./compose-labels.ts";

/** The service that a container belongs to; with a rejection, no endpoint may stand under that name. */
export type NameReading = { readonly name: ServiceName; readonly rejections: readonly Rejection[] };

/** The project of a container that no one groups. */
export const noProject = "_";

/** In PROJECTS: each. */
const everyProject = "*";

const stackNamespace = "com.docker.stack.namespace";
const swarmService = "com.docker.swarm.service.name";

/**
 * Project and service of a container: Compose's labels first, then Swarm's (the service without its stack's name);
 * a bare container is project `_` and the service of its own name. Empty labels count as absent. `projects`: those that it may belong to.
 */
export function serviceNameOf(
  { labels, name }: Pick<Container, "labels" | "name">,
  projects: readonly string[] = [everyProject],
): NameReading {
  const label = (key: string) => (Object.hasOwn(labels, key) ? labels[key] : undefined) || undefined;
  const project = label(composeLabels.project) ?? label(stackNamespace) ?? noProject;
  const service = label(composeLabels.service) ?? withoutStack(label(swarmService), label(stackNamespace)) ?? name;
  const read = [composeLabels.project, composeLabels.service, stackNamespace, swarmService];
  return {
    name: { project, service },
    rejections: [
      ...read.flatMap((key) => nameRejections(key, label(key) ?? "")),
      ...(service === name ? rejectLong("", name) : []),
      ...rejectForeign(project, projects),
    ],
  };
}

function rejectForeign(project: string, projects: readonly string[]): readonly Rejection[] {
  if (projects.includes(everyProject) || projects.includes(project)) return [];
  const reason = `containers of project ${shown(project)} are not routed on this node: PROJECTS of its registrar does not name it`;
  return [refused({ code: "project-not-allowed", value: project, reason })];
}

function withoutStack(service: string | undefined, stack: string | undefined): string | undefined {
  if (service === undefined || stack === undefined || !service.startsWith(`${stack}_`)) return service;
  return service.slice(stack.length + 1) || service;
}

function nameRejections(label: string, value: string): readonly Rejection[] {
  if (hasControlCharacter(value)) return [refuseControlCharacter(label, value)];
  return rejectLong(label, value);
}

/** Without a label: the container's own name. */
function rejectLong(label: string, value: string): readonly Rejection[] {
  if (value.length <= longestName) return [];
  const reason = `${label === "" ? "the container's" : "a"} name of ${value.length} characters is too long: at most ${longestName}`;
  return [refuseLabel({ code: "name-too-long", label, value, reason })];
}
