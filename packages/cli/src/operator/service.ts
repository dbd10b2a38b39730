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

/** What a question is about as it is asked of the registry: with `--project` a name is that of its service. */
export function askedName(text: string, { project }: Options): string {
  return typeof project === "string" && !text.startsWith(`${project}/`) ? `${project}/${text}` : text;
}

/** A service as people write it, safe to show. */
export function serviceText({ project, service }: ServiceName): string {
  return shown(`${project}/${service}`);
}
