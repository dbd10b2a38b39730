import { z } from "zod";
import type { Rejection } from "../rejection.ts";
import { shown, splitItems } from "../text.ts";
import { type LabelOutcome, refuseLabel } from "./label-rejection.ts";

/** The name of a project. */
export const projectName: z.ZodType<string, string> = z
  .string()
  .regex(/^[^\p{Cc}\p{Zl}\p{Zp}\s,*]{1,255}$/u)
  .describe("the name of a project: at most 255 characters, without spaces, `,` and `*`");

const everyProject = "*";
const mostProjects = 100;

/** Reads SHARE, a comma list of projects, or `*` for all of them. A bad item is refused and the others stay. */
export function readShare(label: string, text: string): LabelOutcome {
  const items = splitItems(text);
  const projects = items.filter(isProject).slice(0, mostProjects);
  const bad = items.filter((item) => !isProject(item)).slice(0, mostProjects);
  return {
    accepted: projects.length === 0 ? undefined : projects.join(", "),
    rejections: [...bad.map((item) => refuseItem(label, item)), ...refuseTooMany(label, items.length)],
  };
}

/** True when SHARE, as it stands in a record, lets a project use the ports; what is no project's name lets nobody. */
export function isSharedWith(share: string | undefined, project: string): boolean {
  const projects = splitItems(share).filter(isProject);
  return projects.includes(everyProject) || projects.includes(project);
}

function isProject(item: string): boolean {
  return item === everyProject || projectName.safeParse(item).success;
}

function refuseItem(label: string, item: string): Rejection {
  const reason = `${shown(item)} is not ${projectName.description}; "*" alone stands for every project`;
  return refuseLabel({ code: "not-a-project", label, value: item, reason });
}

function refuseTooMany(label: string, count: number): readonly Rejection[] {
  if (count <= mostProjects) return [];
  const reason = `${count} projects are too many: the first ${mostProjects} count; "*" stands for every project`;
  return [refuseLabel({ code: "too-many-projects", label, value: String(count), reason })];
}
