import { canonicalName, isOurs } from "@fairway/contract";
import { mapOf, readList, readPairs } from "../document/pairs.ts";
import type { Service } from "../document/service.ts";
import type { Template } from "../document/template.ts";

/** Keys of the form without `services` that are written otherwise today. */
export function renameOldKeys(template: Template): void {
  renameNetworkModes(template);
  moveLogging(template);
  moveBuilds(template);
  declareVolumes(template);
}

/** Words that some readers of YAML take for a truth, and others for a number in sixties. */
const ambiguous = /^(y|n|yes|no|on|off|true|false|[1-9]\d*(:[0-5]?\d)+)$/i;

/** Docker wants text here, and every reader is to find what is written. */
export function quoteWords(template: Template): void {
  for (const service of template.services()) {
    for (const key of ["environment", "labels", "ports", "restart"]) service.quote(key, (word) => ambiguous.test(word));
  }
}

/** `net` is `network_mode`, and the network of a container is that of a service where it is one. */
function renameNetworkModes(template: Template): void {
  const names = new Set(template.services().map(({ name }) => name));
  for (const { service, value } of template.take("net")) {
    const [kind, owner = ""] = String(value).split(":");
    service.set("network_mode", kind === "container" && names.has(owner) ? `service:${owner}` : value);
  }
}

function moveLogging(template: Template): void {
  for (const { service, value } of template.take("log_driver")) service.set("logging", { driver: value });
  for (const { service, value } of template.take("log_opt")) {
    service.set("logging", { ...mapOf(service.get("logging")), options: value });
  }
}

function moveBuilds(template: Template): void {
  for (const { service, value } of template.take("dockerfile")) {
    const context = service.get("build");
    service.set("build", { context: typeof context === "string" ? context : ".", dockerfile: value });
  }
}

/** Volumes by name are declared; each keeps the name that the engine knows it by. */
function declareVolumes(template: Template): void {
  const drivers = new Map(template.take("volume_driver").map(({ service, value }) => [service.name, value]));
  for (const service of template.services()) {
    const driver = drivers.get(service.name);
    for (const { text } of readList(service, "volumes")) {
      const [name = "", path] = text.split(":");
      if (path === undefined || !/^[A-Za-z0-9][\w.-]*$/.test(name)) continue;
      template.declare("volumes", name, { name, ...(driver === undefined ? {} : { driver }) });
    }
  }
}

/** Labels are the container's: the registrar of a node sees no others. One that it has already stays as it is. */
export function moveLabels(template: Template): void {
  for (const service of template.services()) {
    const { labels, ...others } = deployOf(service);
    const pairs = Array.isArray(labels)
      ? labels.map((label): [string, unknown] => splitPair(String(label)))
      : Object.entries(mapOf(labels));
    const ours = pairs.filter(([name]) => isOurs(name));
    if (ours.length === 0) continue;
    const rest = pairs.filter((pair) => !ours.includes(pair));
    service.set("deploy", { ...others, ...(rest.length > 0 ? { labels: Object.fromEntries(rest) } : {}) });
    const known = new Set(readPairs(service, "labels").map(({ name }) => canonicalName(name)));
    const added = ours.filter(([name]) => !known.has(canonicalName(name)));
    const items = added.map(([name, value]) => [name, String(value)] as const);
    if (items.length > 0) service.addItems("labels", items);
  }
}

function splitPair(text: string): [string, string] {
  const at = text.indexOf("=");
  return at === -1 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}

/** The keys of a map of `deploy`, for steps that add to it. */
export function deployOf(service: Service): Readonly<Record<string, unknown>> {
  return mapOf(service.get("deploy"));
}

/** Compose takes every file for its newest form, and warns of a version. */
export function dropVersion(template: Template): void {
  template.drop("version");
}
