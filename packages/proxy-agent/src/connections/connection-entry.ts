import { nameOfFront, portOfFront } from "@fairway/contract";
import type { LoggedConnection } from "@fairway/haproxy";
import { endedIn, isEndedByIdle } from "./connection-end.ts";
import type { ServerOwner } from "./server-names.ts";

/** One connection that has ended, as people and programs read it. What there was not is null. */
export type ConnectionEntry = {
  readonly is: "connection";
  /** When it ended, ISO 8601. */
  readonly time: string;
  readonly listener: number;
  /** The name on its port that was asked for. */
  readonly name: string | null;
  readonly client: string;
  readonly project: string | null;
  readonly service: string | null;
  readonly node: string | null;
  readonly container: string | null;
  /** Bytes from the client, and to it. */
  readonly receivedBytes: number;
  readonly sentBytes: number;
  readonly queueMs: number | null;
  readonly connectMs: number | null;
  readonly durationMs: number;
  /** HAProxy's two letters, and what they say. */
  readonly state: string;
  readonly ended: string;
  /** It ended because no byte came for the time that IDLE, or a `tunnel` of TIMEOUT, says. */
  readonly idle: boolean;
};

/** Names what HAProxy logged. `owner`: whose the server was; undefined: it had none, or nobody knows. */
export function entryOf(logged: LoggedConnection, owner: ServerOwner | undefined): ConnectionEntry {
  const { listener, client, receivedBytes, sentBytes, durationMs, state, startMs } = logged;
  const { ip, port } = client;
  return {
    is: "connection",
    time: new Date(startMs + durationMs).toISOString(),
    listener: portOfFront(listener),
    name: nameOfFront(listener) ?? null,
    client: ip.includes(":") ? `[${ip}]:${port}` : `${ip}:${port}`,
    project: owner?.project ?? null,
    service: owner?.service ?? null,
    node: owner?.node ?? null,
    container: owner?.container ?? null,
    receivedBytes,
    sentBytes,
    queueMs: logged.queueMs ?? null,
    connectMs: logged.connectMs ?? null,
    durationMs,
    state,
    ended: endedIn(logged),
    idle: isEndedByIdle(logged),
  };
}
