import { type NamedValue, mapOf, readPairs } from "../document/pairs.ts";
import type { Service } from "../document/service.ts";
import type { Template } from "../document/template.ts";

const globalLabel = "aliyun.global";

/** One machine has one container of it: that is said. */
export function noteEveryNode(template: Template): void {
  for (const service of template.services()) {
    const label = globalLabelOf(service);
    if (label)
      template.note(label.at, `${service.name}: one on every machine: run this file on each, or convert --to swarm`);
  }
}

/** A task on every node of the Swarm. */
export function placeOnEveryNode(template: Template): void {
  for (const service of template.services()) {
    const label = globalLabelOf(service);
    const deploy = mapOf(service.get("deploy"));
    if (!label || deploy["mode"] === "global") continue;
    const { replicas, ...others } = deploy;
    if (replicas !== undefined) {
      template.note(label.at, `${service.name}: deploy.replicas is left out: there is one on every node`);
    }
    service.set("deploy", { mode: "global", ...others });
  }
}

function globalLabelOf(service: Service): NamedValue | undefined {
  return readPairs(service, "labels").find(({ name, value }) => name === globalLabel && /^(true|yes|on)$/i.test(value));
}
