import type { LabOptions } from "../lab/index.ts";

/** Three nodes, three members of etcd, leases that run out while something is broken. */
export const chaosLab: LabOptions = {
  nodes: 3,
  etcdMembers: 3,
  registrars: { LEASE_TTL: "5s" },
  agents: { LEASE_TTL: "5s", HEALTH_CHECK: "check inter 1000 rise 1 fall 3" },
};
