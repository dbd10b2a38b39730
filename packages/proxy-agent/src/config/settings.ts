import { agentSettings, listenText, type AgentSettings } from "@fairway/contract";
import { exitCode, ProgramExit, type ProgramSettings, readSettingsOrExit } from "@fairway/program";
import { apiProblems } from "./api-access.ts";

/** The settings, what was left out of lists as sentences, and the log that the settings ask for. */
export type ReadAgentSettings = ProgramSettings<typeof agentSettings>;

/** Reads the settings from the environment. Throws ProgramExit with every problem at once. */
export function settingsOrExit(env: NodeJS.ProcessEnv): ReadAgentSettings {
  const read = readSettingsOrExit("fairway-proxy-agent", agentSettings, env);
  const problems = [
    ...ordinaryProblems(read.settings),
    ...monitorProblems(read.settings),
    ...metricsProblems(read.settings),
    ...apiProblems(read.settings),
  ];
  if (problems.length > 0) throw new ProgramExit(exitCode.setting, problems);
  return read;
}

/** A load balancer serves what is claimed for its name, each port to one service, and nothing else. */
function ordinaryProblems({ balancer, scope, portOwners, nameOwners, sharedPorts }: AgentSettings): readonly string[] {
  if (balancer === undefined) return [];
  const ordinary = {
    ADDITIONAL_SERVICES: scope,
    PORT_OWNERS: portOwners,
    NAME_OWNERS: nameOwners,
    SHARED_PORTS: sharedPorts,
  };
  const given = Object.entries(ordinary).filter(([, items]) => items.length > 0);
  const reason = "is for proxies without LB_NAME: start another agent for that, with a STATE_DIR of its own";
  return given.map(([name]) => `${name}: ${reason}`);
}

/** The page that answers as HAProxy's health has a port, which is its own, and a path. */
function monitorProblems({ monitorPort: port, monitorUri, statsPort, adminListen }: AgentSettings): readonly string[] {
  if (port === undefined && monitorUri === undefined) return [];
  if (port === undefined) return ["MONITOR_URI: wants MONITOR_PORT beside it, the port where it is answered"];
  if (monitorUri === undefined) return ["MONITOR_PORT: wants MONITOR_URI beside it, a path such as /health"];
  const others = { STATS_PORT: statsPort, ADMIN_LISTEN: adminListen.port };
  const same = Object.entries(others).filter(([, other]) => other === port);
  return same.map(([name]) => `MONITOR_PORT="${port}": must be a port of its own, which ${name} has`);
}

/** HAProxy's exporter has a port of its own. */
function metricsProblems({ metricsListen, monitorPort, statsPort, adminListen }: AgentSettings): readonly string[] {
  if (metricsListen === undefined) return [];
  const others = { STATS_PORT: statsPort, ADMIN_LISTEN: adminListen.port, MONITOR_PORT: monitorPort };
  const same = Object.entries(others).filter(([, other]) => other === metricsListen.port);
  return same.map(([name]) => {
    return `METRICS_LISTEN="${listenText(metricsListen)}": must have a port of its own, which ${name} has`;
  });
}
