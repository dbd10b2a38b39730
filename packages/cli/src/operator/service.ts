import { longestName, type ServiceName, shown } from "@fairway/contract";
import { exitCode, type Options, ProgramExit } from "@fairway/program";

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

/** A service as people write it, safe to show. */
export function serviceText({ project, service }: ServiceName): string {
  return shown(`${project}/${service}`);
}

/** Ends the program as a command line does that cannot be used. */
export function wrongUse(...lines: readonly string[]): ProgramExit {
  return new ProgramExit(
    exitCode.setting,
    lines.map((line) => `error: ${line}`),
  );
}
