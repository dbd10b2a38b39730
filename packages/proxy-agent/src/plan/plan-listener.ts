import type { Listener, Server } from "@fairway/haproxy";
import { differences, placeOfName, type Difference, type Roster } from "@fairway/haproxy";
import { isStillThere, placeOf, stemOf } from "../desired/endpoint-to-server.ts";
import type { ServerCommand } from "@fairway/haproxy";
import type { RunningListener, RunningServer } from "./running.ts";

/**
 * What one listener needs: reasons to reload as sentences, or runtime commands, removals last.
 * A server whose endpoint is gone or is at that address no longer goes to maint at once: others may have the address.
 * One whose endpoint merely has another line now is only drained.
 */
export type ListenerPlan = { readonly reasons: readonly string[]; readonly commands: readonly ServerCommand[] };

/** Compares one listener as it runs with what is desired; undefined: it does not exist on that side. */
export function planListener(running: RunningListener | undefined, desired: Listener | undefined): ListenerPlan {
  if (!running) return { reasons: desired ? [`listener ${desired.port} is new`] : [], commands: [] };
  if (!desired) return { reasons: [`listener ${running.port} has ended`], commands: [] };
  const { port, servers } = desired;
  const differing = differences(running.servers, servers);
  const reasons = [...settingsReasons(running, desired), ...movedReasons(port, differing)];
  if (reasons.length > 0) return { reasons, commands: [] };
  const leaving = differing.flatMap(({ left, right }) => (right ? [] : departure(left, port, servers)));
  return { reasons, commands: [...differing.flatMap((each) => arrival(each, port)), ...leaving] };
}

type Differing = Difference<RunningServer, Server>;

function settingsReasons(running: RunningListener, desired: Listener): readonly string[] {
  const changed = [
    ...(running.ssl === desired.ssl ? [] : ["ssl"]),
    ...(isSame(running.settings.addresses, desired.settings.addresses) ? [] : ["addresses"]),
    ...(isSame(running.settings.bind, desired.settings.bind) ? [] : ["bind options"]),
    ...(isSame(texts(running.settings.lines), texts(desired.settings.lines)) ? [] : ["lines"]),
  ];
  return changed.length === 0 ? [] : [`listener ${desired.port} has other settings: ${changed.join(", ")}`];
}

/** A server's name holds its address: only a hand at HAProxy's socket gives it another one. */
function movedReasons(port: number, differing: readonly Differing[]): readonly string[] {
  const moved = differing.find(({ left, right }) => left && right && placeOf(left) !== placeOf(right));
  return moved ? [`listener ${port} has a server whose address was changed at run time: ${moved.left?.name}`] : [];
}

function texts(lines: readonly { readonly text: string }[]): readonly string[] {
  return lines.map(({ text }) => text);
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a === b || (a.length === b.length && a.every((text, index) => text === b[index]));
}

function arrival({ left, right: server }: Differing, listener: number): readonly ServerCommand[] {
  if (!server) return [];
  if (!left) return [{ do: "add", listener, server }];
  return left.admin === server.admin ? [] : [{ do: server.admin, listener, server }];
}

function departure(server: RunningServer, listener: number, wanted: Roster<Server>): readonly ServerCommand[] {
  if (server.admin === "maint") return [];
  const now = nextOfEndpoint(server, wanted);
  if (!isStillThere(server, now)) return [{ do: "maint", listener, name: server.name }];
  return server.admin === "drain" ? [] : [{ do: "drain", listener, server: { ...server, admin: "drain" } }];
}

/** The server that the same endpoint has now. It stands nearby: names differ in the hash alone. */
function nextOfEndpoint({ name, endpoint }: RunningServer, wanted: Roster<Server>): Server | undefined {
  const stem = stemOf(name);
  const nearby = wanted.slice(placeOfName(wanted, stem), placeOfName(wanted, `${stem}\uffff`));
  return nearby.find((server) => server.endpoint === endpoint);
}
