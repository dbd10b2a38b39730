import {
  commaList,
  endpointUrl,
  filePath,
  exitCode,
  line,
  optional,
  port,
  ProgramExit,
  readSettings,
  registrySettings,
  setting,
} from "@fairway/program";

const { etcdPrefix, etcdCaFile, etcdCertFile, etcdKeyFile, etcdUsername, etcdPassword, etcdPasswordFile } =
  registrySettings;
const files = { etcdCaFile, etcdCertFile, etcdKeyFile };
const accessSettings = { etcdPrefix, ...files, etcdUsername, etcdPassword, etcdPasswordFile };

/** What a whole Fairway on one machine reads itself; every other setting reaches the registrar and the agent. */
export const standaloneSettings = {
  fairwayPort: setting({ name: "FAIRWAY_PORT", schema: port, fallback: "6379", about: "Port of the demo's listener." }),
  directory: optional({
    name: "FAIRWAY_DIRECTORY",
    schema: filePath,
    fallback: ".fairway in the clone",
    about: "Where the demo keeps its state and logs.",
  }),
  dockerHost: optional({
    name: "DOCKER_HOST",
    schema: line,
    fallback: "the machine's engine, else one of its own",
    about: "Where the Docker engine answers.",
  }),
  etcdEndpoints: optional({
    name: "ETCD_ENDPOINTS",
    schema: commaList(endpointUrl),
    fallback: "an etcd of its own",
    about: "Members of etcd.",
  }),
  ...accessSettings,
} as const;

/** The settings with their values. */
export type StandaloneSettings = Extract<ReturnType<typeof read>, { ok: true }>["settings"];

/** Reads the settings. Throws ProgramExit with every problem at once. */
export function standaloneSettingsOf(env: NodeJS.ProcessEnv): StandaloneSettings {
  const answer = read(env);
  if (!answer.ok) throw new ProgramExit(exitCode.setting, answer.problems);
  return answer.settings;
}

function read(env: NodeJS.ProcessEnv) {
  return readSettings(standaloneSettings, env);
}
