import * as grammar from "./grammars.ts";
import type { SettingValues } from "./read-settings.ts";
import { accessSettings } from "./registry-settings.ts";
import { optional, setting } from "./setting.ts";

/** What a whole Fairway on one machine reads itself; every other setting reaches the registrar and the agent. */
export const standaloneSettings = {
  fairwayPort: setting({
    name: "FAIRWAY_PORT",
    actsOn: "listener",
    schema: grammar.port,
    fallback: "6379",
    about: "Port of the demo's listener.",
  }),
  directory: optional({
    name: "FAIRWAY_DIRECTORY",
    actsOn: "program",
    schema: grammar.filePath,
    fallback: ".fairway in the clone",
    about: "Where the demo keeps its state and logs.",
  }),
  dockerHost: optional({
    name: "DOCKER_HOST",
    actsOn: "node",
    // As text: the programs read it, and it is shown when no engine answers there.
    schema: grammar.line.refine((text) => !text.includes("@")).describe(grammar.dockerHost.description ?? ""),
    fallback: "the machine's engine, else one of its own",
    about: "Where the Docker engine answers.",
  }),
  etcdEndpoints: optional({
    name: "ETCD_ENDPOINTS",
    actsOn: "program",
    schema: grammar.etcdEndpoints,
    fallback: "an etcd of its own",
    about: "Members of etcd.",
  }),
  ...accessSettings,
} as const;

/** The settings of `npm start` with their values. */
export type StandaloneSettings = SettingValues<typeof standaloneSettings>;
