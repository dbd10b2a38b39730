import type { Configuration } from "../config/configuration.ts";
import { sectionName } from "../runtime/command-line.ts";
import { isDown, type ServerState } from "./servers-state.ts";
import { ownWeight } from "../runtime/server-commands.ts";

const columns =
  "be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight srv_time_since_last_change srv_check_status srv_check_result srv_check_health srv_check_state srv_agent_state bk_f_forced_id srv_f_forced_id srv_fqdn srv_port srvrecord srv_use_ssl srv_check_port srv_check_addr srv_agent_addr srv_agent_port";

/** HAProxy's code for a check that a connection was refused to; which one it is only shows on the stats page. */
const layer4ConnectionProblem = 8;
const failed = 2;
const checkConfiguredAndEnabled = 6;

/**
 * The server state file (version 1) of a new worker: servers that the old one holds for down stay down until a check
 * passes. Servers that are up, or new, are not in it; weights are always those of the configuration.
 */
export function serverStatesFile(desired: Configuration, states: readonly ServerState[]): string {
  const down = new Set(states.filter(isDown).map(({ listener, name }) => `${listener}/${name}`));
  const lines = desired.listeners.flatMap(({ port, servers }) => {
    return servers.filter(({ name }) => down.has(`${port}/${name}`)).map((server) => stateLine(port, server));
  });
  return `${["1", `# ${columns}`, ...lines].join("\n")}\n`;
}

function stateLine(listener: number, server: Configuration["listeners"][number]["servers"][number]): string {
  const weight = server.admin === "drain" ? 0 : ownWeight(server.options);
  const check = [layer4ConnectionProblem, failed, 0, checkConfiguredAndEnabled];
  const identity = [0, sectionName(listener), 0, server.name, server.ip];
  return [...identity, 0, 0, weight, weight, 0, ...check, 0, 0, 0, "-", server.port, "-", 0, 0, "-", "-", 0].join(" ");
}
