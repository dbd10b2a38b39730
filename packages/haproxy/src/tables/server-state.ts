import { frontOf, type Front } from "@fairway/contract";
import type { Server } from "../configuration.ts";
import { frontOfSection, sectionName, type FrontOf } from "../names.ts";
import { ownWeight } from "../server-options.ts";
import { waitingServer } from "../waiting.ts";

/** One server as `show servers state` tells it. */
export type ServerState = {
  readonly listener: Front;
  readonly name: string;
  readonly ip: string;
  readonly port: number;
  /** In any kind of maintenance: takes no connections, is not checked. */
  readonly isInMaintenance: boolean;
  /** Set to `drain` by hand or by another server; our own drain is weight 0. */
  readonly isDrained: boolean;
  /** Present weight, 0–256; 0: no new connections. */
  readonly weight: number;
  /** False in maintenance, and while its check holds it for down. */
  readonly isUp: boolean;
  /** Its last check got an answer, but not the one that was expected. (false) */
  readonly isAnsweringOtherwise?: boolean;
  /** For how many seconds it has been up, or not; from the start of its worker at most. */
  readonly unchangedS: number;
};

/** True while its check holds it for down. What the check itself last said is unknown during the next one. */
export function isDown({ isUp, isInMaintenance }: ServerState): boolean {
  return !isUp && !isInMaintenance;
}

/** Bits of `srv_admin_state` (management.txt, "show servers state"). */
const maintenanceBits = 0x01 | 0x02 | 0x04 | 0x20 | 0x40;
const drainBits = 0x08 | 0x10;

/**
 * Reads the answer to `show servers state`, version 1; columns are found by their names. Sections that are not
 * listeners are left out. Throws when it is no such answer.
 */
export function parseServersState(answer: string, listenerOf: FrontOf = frontOfSection): readonly ServerState[] {
  const [version, header = "", ...lines] = answer.trim().split("\n");
  if (version !== "1" || !header.startsWith("# ")) throw new Error(`not a servers state: ${answer.slice(0, 80)}`);
  const columns = header.slice(2).split(" ");
  const read = stateReader(new Map(columns.map((column, index) => [column, index])), listenerOf);
  return lines.flatMap((line) => read(line.split(" ")) ?? []);
}

function stateReader(
  index: ReadonlyMap<string, number>,
  listenerOf: FrontOf,
): (fields: readonly string[]) => ServerState | undefined {
  const at = (fields: readonly string[], column: string) => fields[index.get(column) ?? -1] ?? "";
  const number = (fields: readonly string[], column: string) => Number(at(fields, column));
  return (fields) => {
    const listener = listenerOf(at(fields, "be_name"));
    if (listener === undefined || at(fields, "srv_name") === waitingServer) return undefined;
    const admin = number(fields, "srv_admin_state");
    return {
      listener,
      name: at(fields, "srv_name"),
      ip: at(fields, "srv_addr"),
      port: number(fields, "srv_port"),
      isInMaintenance: (admin & maintenanceBits) !== 0,
      isDrained: (admin & drainBits) !== 0,
      weight: number(fields, "srv_uweight"),
      isUp: number(fields, "srv_op_state") !== 0,
      ...(number(fields, "srv_check_status") === layer7Response && { isAnsweringOtherwise: true }),
      unchangedS: number(fields, "srv_time_since_last_change"),
    };
  };
}

const stateColumns =
  "be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight srv_time_since_last_change srv_check_status srv_check_result srv_check_health srv_check_state srv_agent_state bk_f_forced_id srv_f_forced_id srv_fqdn srv_port srvrecord srv_use_ssl srv_check_port srv_check_addr srv_agent_addr srv_agent_port";

/** HAProxy's code for a check that a connection was refused to; which one it is only shows on the stats page. */
const layer4ConnectionProblem = 8;
/** Its code for an answer that was not expected. */
const layer7Response = 13;
const failed = 2;
const checkConfiguredAndEnabled = 6;

type HeldServer = Pick<Server, "name" | "ip" | "port" | "options" | "startsDown"> & { readonly admin: string };

/** Listeners, and the servers that the file of a configuration has for them. */
type HeldServers = {
  readonly listeners: Iterable<{
    readonly port: number;
    readonly name?: string | undefined;
    readonly servers: readonly HeldServer[];
  }>;
};

/**
 * The server state file (version 1) of a new worker: servers that the old one holds for down, and new ones that start
 * down, stay down until a check passes. Others are not in it; weights are always those of the configuration.
 */
export function serverStatesFile(held: HeldServers, states: readonly ServerState[]): string {
  const pathsOf = (some: readonly ServerState[]) => new Set(some.map(({ listener, name }) => `${listener}/${name}`));
  const [down, up] = [pathsOf(states.filter(isDown)), pathsOf(states.filter(({ isUp }) => isUp))];
  const isToBeDown = (path: string, { startsDown }: HeldServer) =>
    down.has(path) || (startsDown === true && !up.has(path));
  const lines = [...held.listeners].flatMap(({ servers, ...listener }) => {
    const front = frontOf(listener);
    const some = servers.filter((server) => isToBeDown(`${front}/${server.name}`, server));
    return some.map((server) => stateLine(front, server));
  });
  return `${["1", `# ${stateColumns}`, ...lines].join("\n")}\n`;
}

function stateLine(listener: Front, server: HeldServer): string {
  const weight = server.admin === "drain" ? 0 : ownWeight(server.options);
  const check = [layer4ConnectionProblem, failed, 0, checkConfiguredAndEnabled];
  const identity = [0, sectionName(listener), 0, server.name, server.ip];
  return [...identity, 0, 0, weight, weight, 0, ...check, 0, 0, 0, "-", server.port, "-", 0, 0, "-", "-", 0].join(" ");
}
