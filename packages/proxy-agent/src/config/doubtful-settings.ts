import type { AgentSettings } from "@fairway/contract";
import { isHashTypeSaid } from "./sections.ts";

const needReload = new Set(["source", "static-rr", "uri", "url_param", "hdr", "rdp-cookie"]);

/** What is accepted of the settings and may not do what is meant, as sentences. Pure. */
export function slipsIn(
  settings: Pick<AgentSettings, "project" | "scope" | "balance" | "extraDefaults">,
): readonly string[] {
  const named = settings.scope.flatMap((item) =>
    item === "*" ? [] : [["ADDITIONAL_SERVICES", item.project] as const],
  );
  const projects = [["COMPOSE_PROJECT_NAME", settings.project ?? ""] as const, ...named];
  const inCapitals = projects.filter(([, project]) => project !== project.toLowerCase());
  return [...inCapitals.map(([name, project]) => hintCapitals(name, project)), ...balanceSlips(settings)];
}

function hintCapitals(name: string, project: string): string {
  const compose = `Docker Compose writes project names in small letters`;
  return `${name}: ${compose}: no container that it starts is of project ${project}, but of ${project.toLowerCase()}`;
}

function balanceSlips({ balance, extraDefaults }: Pick<AgentSettings, "balance" | "extraDefaults">): readonly string[] {
  const [algorithm = ""] = balance.split(/[ (]/);
  const isConsistent = extraDefaults.some((line) => /^\s*hash-type\s+consistent/.test(line));
  if (balance === "source" && !isHashTypeSaid(extraDefaults)) return [];
  if (!needReload.has(algorithm) || (isConsistent && algorithm !== "static-rr")) return [];
  const advice =
    algorithm === "static-rr" ? "roundrobin needs none" : "EXTRA_DEFAULT_SETTINGS hash-type consistent needs none";
  return [`BALANCE: with ${algorithm} each new server is a reload of HAProxy: ${advice}`];
}
