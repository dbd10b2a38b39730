import { createSocket } from "node:dgram";
import { once } from "node:events";
import { join } from "node:path";
import { startChild, until } from "@fairway/standalone";
import type { Member } from "./world/member.ts";

type Place = Pick<Member, "name" | "address" | "directory" | "wrapper" | "run">;

const device = "far0";
const tunnelPort = 7000;

/** Smaller than a cable's by what the tunnel puts before each packet. */
const mtu = "1400";

/**
 * Moves one member of a lab away from others: what goes between them takes so long each way. Their kernels send it into a
 * tunnel that ends in this process, which holds each packet back, so all of TCP sees the long round trip. Answers what
 * ends the tunnels.
 */
export async function moveAway(away: Place, others: readonly Place[], oneWayMs: number): Promise<() => void> {
  const members = new Set([away, ...others].map(({ address }) => address));
  const machine = away.address.replace(/[0-9]+$/, "1");
  const relay = createSocket("udp4");
  const held = new Set<NodeJS.Timeout>();
  relay.on("message", (packet) => {
    const to = packet.subarray(16, 20).join(".");
    if (!members.has(to)) return;
    const timer = setTimeout(() => {
      held.delete(timer);
      relay.send(packet, tunnelPort, to);
    }, oneWayMs);
    held.add(timer);
  });
  relay.bind(0, machine);
  await once(relay, "listening");
  const end = `UDP4:${machine}:${relay.address().port}`;
  const tunnels = await Promise.all([
    openTunnel(away, end, others),
    ...others.map((other) => openTunnel(other, end, [away])),
  ]);
  return () => {
    for (const tunnel of tunnels) tunnel.signal("SIGKILL");
    for (const timer of held) clearTimeout(timer);
    relay.close();
  };
}

async function openTunnel(place: Place, end: string, to: readonly Place[]) {
  const { name, address, directory, wrapper, run } = place;
  const ends = [`${end},bind=${address}:${tunnelPort}`, `TUN,tun-name=${device},iff-no-pi,iff-up`];
  const logFile = join(directory, "tunnel.log");
  const child = startChild({ name: `tunnel of ${name}`, command: [...wrapper, "socat", ...ends], logFile });
  const isUp = () =>
    run("ip", "link", "set", device, "mtu", mtu, "up").then(
      () => true,
      () => false,
    );
  await until(isUp, { what: `${child.name} is up`, withinMs: 30_000 });
  for (const other of to) await run("ip", "route", "add", `${other.address}/32`, "dev", device, "src", address);
  return child;
}
