import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { World } from "./world.ts";

/** Something with a network of its own in a lab: a node or an etcd member, on one cable to the hub. */
export type Member = {
  readonly name: string;
  readonly address: string;
  /** Its files: logs, sockets, state. */
  readonly directory: string;
  /** What stands before a command to run it there. */
  readonly wrapper: readonly [string, ...string[]];
  /** Runs a command there and answers its output. */
  readonly run: (...command: readonly string[]) => Promise<string>;
  /** Pulls the cable: packets vanish both ways without an answer. */
  readonly cut: () => Promise<void>;
  readonly heal: () => Promise<void>;
};

const addScript = `
ip netns add "$0"
ip link add "$1" type veth peer name eth0 netns "$0"
ip link set "$1" master hub up
ip -n "$0" address add "$2" dev eth0
ip -n "$0" link set eth0 up
ip -n "$0" link set lo up
`;

/** Adds a member with the last number of its address. */
export async function addMember(world: World, name: string, host: number): Promise<Member> {
  const address = `${world.network}.${host}`;
  const directory = join(world.directory, name);
  mkdirSync(directory, { recursive: true });
  const cable = `to-${name}`;
  await world.run(["sh", "-ec", addScript, name, cable, `${address}/24`]);
  const set = async (state: "up" | "down") => {
    await world.run(["ip", "link", "set", cable, state]);
  };
  return {
    name,
    address,
    directory,
    wrapper: world.enter(name),
    run: (...command) => world.run(command, name),
    cut: () => set("down"),
    heal: () => set("up"),
  };
}
