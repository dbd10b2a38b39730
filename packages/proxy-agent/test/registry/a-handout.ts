import type { Handout } from "@fairway/contract";

/** What the addon answers a container. */
export function aHandout(but: Partial<Handout> = {}): Handout {
  return {
    v: 1,
    node: "node-1",
    nodeAddress: "198.18.0.11",
    zone: "",
    proxy: "shop_lb_1",
    project: "shop",
    service: "lb",
    networks: [{ id: "b".repeat(64), name: "bridge", scope: "local" }],
    published: [],
    hostAddresses: [],
    registry: {
      prefix: "/fairway/v1",
      endpoints: ["http://198.18.0.11:2379"],
      username: null,
      password: null,
      ca: null,
      cert: null,
      key: null,
    },
    ...but,
  };
}
