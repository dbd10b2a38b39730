import { longestName, type ServiceName, shown } from "@fairway/contract";
import type { Options } from "@fairway/program";
import { wrongUse } from "../wrong-use.ts";

/**
 * Reads a service as it is given on the command line: `project/service`, or with `--project` its name alone. Throws
 * ProgramExit with what to write instead.
 */
export function readService(text: string | undefined, { project }: Options): ServiceName {
  const parts = text?.split("/") ?? [];
  const isAlone = parts.length === 1 && typeof project === "string";
  const [name = "", more] = isAlone ? parts : parts.slice(1);
  const service = { project: isAlone ? project : (parts[0] ?? ""), service: name };
  const isName = (each: string) => each !== "" && each.length <= longestName;
  const isOfProject = typeof project !== "string" || service.project === project;
  if (isOfProject && more === undefined && isName(service.project) && isName(service.service)) return service;
  const given = text === undefined ? "" : `${shown(text)} is no service; `;
  throw wrongUse(`${given}write project/service, such as shop/web, or give the project by -p`);
}

/**
 * What a question is about as it is asked of the registry: with `--project` a name is that of its service. Throws
 * ProgramExit for what can be the name of nothing.
 */
export function askedName(text: string, { project }: Options): string {
  const asked = typeof project === "string" && !text.startsWith(`${project}/`) ? `${project}/${text}` : text;
  if (isPath(asked, 2)) return asked;
  throw wrongUse(`${quotedIfEmpty(text)} is no name; write a container, project/service or a front port`);
}

/** Whether a text is one name, or so many at most with a slash between each two. */
export function isPath(text: string, most: number): boolean {
  const parts = text.split("/");
  return parts.length <= most && !parts.includes("");
}

/** What was given, safe to show. */
export function quotedIfEmpty(text: string): string {
  return text === "" ? '""' : shown(text);
}

/** A service as people write it, safe to show. */
export function serviceText({ project, service }: ServiceName): string {
  return shown(`${project}/${service}`);
}
