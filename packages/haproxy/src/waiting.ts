import { ownLine } from "./lines.ts";
import type { Line } from "./configuration.ts";

/** The name of the server that connections are sent to while no other is up. Names of other servers have dots. */
export const waitingServer = "waiting";

/** A port of this machine that no label opens, and where nothing listens. */
export const closedPort = 2;
/** Of the addresses that are this machine's own, one that nobody binds by itself. */
const closedAddress = "127.255.255.254";

/** More than all others together can have: by this the server is known where HAProxy tells how much room there is. */
const room = 2_000_000_000;

/**
 * A backup that refuses every connection, so that HAProxy tries again, at last at a server that is up by then
 * (docs/decisions/connections-that-wait.md).
 */
export const waitingLine: Line = ownLine(
  `server ${waitingServer} ${closedAddress}:${closedPort} backup maxconn ${room}`,
);

/**
 * The condition that no server but that one is up and more connections than that are there, this one among them: those of
 * a `frontend`, or of a `backend`.
 */
export function isFullOfWaiting(section: string, count: "fe_conn" | "be_conn", most: number): string {
  return `{ be_conn_free(${section}) gt ${room / 2} } { ${count}(${section}) gt ${most} }`;
}
