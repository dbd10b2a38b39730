import { mapOf } from "../document/pairs.ts";
import type { Service } from "../document/service.ts";
import type { Template } from "../document/template.ts";
import { deployOf } from "./old-keys.ts";

/** The oldest version of the format with all that is written here; `docker stack deploy` asks for one. */
const version = "3.8";

/** What Swarm takes no notice of, and what to do instead; such keys stay. */
const ignored: Readonly<Record<string, string>> = {
  build: "push an image that the nodes can pull",
  cgroup_parent: "",
  container_name: "tasks have names of their own",
  depends_on: "all services start at once; Fairway needs no order",
  devices: "",
  external_links: "join the networks of that service",
  mac_address: "",
  network_mode: "name a network: host is one",
  privileged: "",
  security_opt: "",
  userns_mode: "",
};

/** What a stack may not have, and what to do instead; such keys are left out. */
const refusedKeys: Readonly<Record<string, string>> = {
  cpu_quota: "use deploy.resources.limits.cpus",
  cpu_shares: "use deploy.resources.reservations.cpus",
  cpuset: "",
  extends: "write the service out",
  memswap_limit: "",
  volume_driver: "name it in volumes",
  volumes_from: "name the volumes",
};

/** Writes what a stack says otherwise than a Compose file. */
export function followSwarm(template: Template): void {
  moveRestarts(template);
  moveMemoryLimits(template);
  joinHostNetwork(template);
  for (const service of template.services()) {
    if (service.get("image") === undefined) {
      template.refuse(
        service.at(),
        `${service.name} has no image: build it, push it where the nodes can pull it, and name it`,
      );
    }
    for (const [key, advice] of Object.entries(ignored))
      tell(template, service, { key, what: "is ignored by Swarm", advice });
  }
  for (const [key, advice] of Object.entries(refusedKeys)) {
    const what = "is left out: a stack may not have it";
    for (const service of template.services()) tell(template, service, { key, what, advice });
    template.take(key);
  }
  const given = Number(template.get("version") ?? 0);
  if (!(given >= Number(version))) template.setFirst("version", version);
  template.drop("name");
}

function moveRestarts(template: Template): void {
  for (const { service, value } of template.take("restart")) {
    const [policy = "", attempts] = String(value).split(":");
    const condition = policy === "no" ? "none" : policy === "on-failure" ? "on-failure" : "any";
    const limit = /^\d+$/.test(attempts ?? "") ? { max_attempts: Number(attempts) } : {};
    const before = mapOf(deployOf(service)["restart_policy"]);
    service.set("deploy", { ...deployOf(service), restart_policy: { condition, ...limit, ...before } });
  }
}

function moveMemoryLimits(template: Template): void {
  for (const { service, value } of template.take("mem_limit")) {
    const resources = mapOf(deployOf(service)["resources"]);
    const limits = { memory: value, ...mapOf(resources["limits"]) };
    service.set("deploy", { ...deployOf(service), resources: { ...resources, limits } });
  }
}

/** The node's own network is one by name. */
function joinHostNetwork(template: Template): void {
  const inHost = template.services().filter((service) => service.get("network_mode") === "host");
  for (const service of inHost) {
    service.delete("network_mode");
    service.set("networks", ["host"]);
  }
  if (inHost.length > 0) template.declare("networks", "host", { external: true, name: "host" });
}

type Told = { readonly key: string; readonly what: string; readonly advice: string };

function tell(template: Template, service: Service, { key, what, advice }: Told): void {
  if (!service.keys().includes(key)) return;
  template.note(service.at(key), `${service.name}: ${key} ${what}${advice === "" ? "" : `: ${advice}`}`);
}
