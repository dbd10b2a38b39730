import { setTimeout as delay } from "node:timers/promises";
import { eventually } from "../../test/lab/index.ts";
import { askByName } from "./ask-by-name.ts";
import { guestRecord, namedPorts, namedServer, type NamedWay } from "./named-services.ts";
import type { SimulatedRegistrars } from "./simulated-registrars.ts";

/** Names that come to a port and go. */
export type GuestsFacts = {
  readonly host: string;
  readonly way: NamedWay;
  readonly registrars: Pick<SimulatedRegistrars, "set">;
  /** Of the first of them; no two measurements may have the same. */
  readonly firstAt: number;
};

export type GuestsResult = {
  /** How many came, were served and went. */
  readonly count: number;
  /** Connections that were made to them in all. */
  readonly connections: number;
  /** How connections failed, from the moment on at which each name was served first. */
  readonly failures: readonly string[];
};

const askedEach = 5;
const restMs = 150;

/** Has one after the other come, until the signal aborts. */
export async function haveGuests(facts: GuestsFacts, signal: AbortSignal): Promise<GuestsResult> {
  const failures: string[] = [];
  let [count, connections] = [0, 0];
  for (; !signal.aborted; count += 1) {
    const guest = await receive(facts, facts.firstAt + count);
    connections += guest.connections;
    failures.push(...guest.failures);
  }
  return { count, connections, failures };
}

async function receive(
  { host, way, registrars }: GuestsFacts,
  at: number,
): Promise<Pick<GuestsResult, "connections" | "failures">> {
  const record = guestRecord(at, way);
  const { name, answer } = namedServer(at);
  let connections = 0;
  const ask = async () => {
    connections += 1;
    const reply = await askByName({ host, port: namedPorts[way], name, isGreeted: way === "postgres" });
    return reply.failure ?? (reply.answer === answer ? undefined : "answered by another server");
  };
  registrars.set(record, record.value);
  await eventually(async () => (await ask()) === undefined, { within: 60_000, every: 20 });
  const failures: string[] = [];
  for (let n = 0; n < askedEach; n += 1) failures.push(...[await ask()].filter((failure) => failure !== undefined));
  registrars.set(record, undefined);
  await delay(restMs);
  return { connections, failures };
}
