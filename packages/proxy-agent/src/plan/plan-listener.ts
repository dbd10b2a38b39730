import type { Listener } from "../desired/desired.ts";
import { isStillThere } from "../desired/server.ts";
import type { ServerCommand } from "./plan-result.ts";
import type { RunningListener } from "./running.ts";

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
  const reasons = [...settingsReasons(running, desired), ...movedReasons(running, desired)];
  if (reasons.length > 0) return { reasons, commands: [] };
  const arriving = arrivals(running, desired);
  const added = arriving.filter((command) => command.do === "add").length;
  // Among thousands it is told by number that nobody leaves: gathering all names takes longer than anything else here.
  const isNobodyLeaving = desired.servers.length - added === running.servers.size;
  return { reasons, commands: isNobodyLeaving ? arriving : [...arriving, ...departures(running, desired)] };
}

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
function movedReasons({ servers }: RunningListener, { port, servers: wanted }: Listener): readonly string[] {
  const moved = wanted.find((server) => {
    const now = servers.get(server.name);
    return now !== undefined && (now.ip !== server.ip || now.port !== server.port);
  });
  return moved ? [`listener ${port} has a server whose address was changed at run time: ${moved.name}`] : [];
}

function texts(lines: readonly { readonly text: string }[]): readonly string[] {
  return lines.map(({ text }) => text);
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a === b || (a.length === b.length && a.every((text, index) => text === b[index]));
}

function arrivals({ servers }: RunningListener, { port, servers: wanted }: Listener): readonly ServerCommand[] {
  return wanted.flatMap((server): readonly ServerCommand[] => {
    const now = servers.get(server.name);
    if (!now) return [{ do: "add", listener: port, server }];
    return now.admin === server.admin ? [] : [{ do: server.admin, listener: port, name: server.name }];
  });
}

function departures({ servers }: RunningListener, { port, servers: wanted }: Listener): readonly ServerCommand[] {
  const names = new Set(wanted.map(({ name }) => name));
  const leaving = [...servers.values()].filter(({ name, admin }) => !names.has(name) && admin !== "maint");
  if (leaving.length === 0) return [];
  const byEndpoint = new Map(wanted.map((server) => [server.endpoint, server]));
  return leaving.flatMap((server): readonly ServerCommand[] => {
    const { name, admin, endpoint } = server;
    if (!isStillThere(server, byEndpoint.get(endpoint))) return [{ do: "maint", listener: port, name }];
    return admin === "drain" ? [] : [{ do: "drain", listener: port, name }];
  });
}
