import {
  canonicalName,
  isBalancerLabel,
  readBalancerLabel,
  readLabels,
  requiredLabel,
  shown,
  tcpPortsLabel,
} from "@fairway/contract";
import { type NamedValue, readPairs } from "../document/pairs.ts";
import type { Service } from "../document/service.ts";
import type { Template } from "../document/template.ts";
import { hasPublished } from "./short-port.ts";

/** Refuses a label that stands twice, and one of a load balancer that cannot be read; says what of others has no effect. */
export function checkLabels(template: Template): void {
  for (const service of template.services()) {
    const labels = readPairs(service, "labels");
    const first = new Map(labels.toReversed().map((label) => [canonicalName(label.name), label]));
    for (const label of labels) {
      const other = first.get(canonicalName(label.name));
      if (other !== label)
        template.refuse(label.at, `${shown(label.name)} stands twice, first in line ${other?.at.line ?? 0}`);
      checkBalancer(template, service, label);
    }
  }
  if (!template.hasProblems) for (const service of template.services()) noteIdle(template, service);
}

/** Whether proxies or load balancers are asked to route to a service. */
export function isRouted(service: Service): boolean {
  const names = readPairs(service, "labels").map(({ name }) => canonicalName(name));
  return names.some((name) => name === requiredLabel || name === tcpPortsLabel || isBalancerLabel(name));
}

/** What registrars will say of the labels; not before variables in them have their values. */
function noteIdle(template: Template, service: Service): void {
  const labels = readPairs(service, "labels");
  if (labels.some(({ value }) => value.includes("$"))) return;
  const { rejections } = readLabels(Object.fromEntries(labels.map(({ name, value }) => [name, value])));
  for (const { label = "", reason } of rejections) {
    const at = labels.find(({ name }) => shown(name) === label)?.at;
    if (at === undefined || isBalancerLabel(canonicalName(label))) continue;
    template.note(at, `${service.name}: ${reason.startsWith(label) ? "" : `${label}: `}${reason}`);
  }
}

function checkBalancer(template: Template, service: Service, { name, value, at }: NamedValue): void {
  const label = canonicalName(name);
  if (!isBalancerLabel(label)) return;
  const { balanced, rejections } = readBalancerLabel(label, value);
  for (const { severity, reason } of rejections) {
    if (severity === "refused") template.refuse(at, `${shown(name)}: ${reason}`);
    else template.note(at, `${service.name}: ${reason}`);
  }
  const [first] = balanced;
  if (first === undefined || hasPublished(service, first.port)) return;
  template.note(at, `${service.name}: publish port ${first.port} as well: a load balancer reaches it by its node`);
}
