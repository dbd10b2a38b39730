import type { ContainerFacts } from "./lab/index.ts";

/** Where a proxy stands, seen from a container. */
export type Place = "its node" | "another node" | "its network" | "outside";

/** A container that answers in one way or another, and from where it is reached. */
export type Way = {
  readonly service: string;
  /** The port that proxies listen on. */
  readonly front: number;
  /** The port in the container. (6379) */
  readonly inner?: number;
  readonly facts?: ContainerFacts;
  /** Whose network it uses. (its own) */
  readonly owner?: string;
  /** What proxies connect to: a port of the container or of its node; or `refused`: nothing is published. */
  readonly from: Readonly<Record<Place, string>>;
};

const near = { "its node": "container:6379", "another node": "refused", "its network": "refused", outside: "refused" };

/** Ways to stand in a network. `shared` is the network that the proxy in `its network` is on. */
export const ways: readonly Way[] = [
  { service: "on-bridge", front: 7101, from: near },
  {
    service: "in-network",
    front: 7102,
    facts: { network: "shared" },
    from: { ...near, "its network": "container:6379" },
  },
  {
    service: "published",
    front: 7103,
    facts: { publish: ["7203:6379"] },
    from: {
      "its node": "container:6379",
      "another node": "node:7203",
      "its network": "node:7203",
      outside: "node:7203",
    },
  },
  {
    service: "on-host",
    front: 7104,
    inner: 7304,
    facts: { network: "host" },
    from: { "its node": "node:7304", "another node": "node:7304", "its network": "node:7304", outside: "node:7304" },
  },
  { service: "on-loopback", front: 7105, facts: { publish: ["127.0.0.1:7205:6379"] }, from: near },
  {
    service: "joined",
    front: 7106,
    inner: 7306,
    facts: { network: "container:on-bridge" },
    owner: "on-bridge",
    from: { ...near, "its node": "container:7306" },
  },
];
