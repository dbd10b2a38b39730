import {
  adminListen,
  duration,
  etcdEndpoints,
  hostAddress,
  nodeName,
  optional,
  readSettings,
  registrySettings,
  setting,
  type ReadSettings,
} from "@fairway/program";
import { addonSettings } from "./addon/addon-settings.ts";
import { dockerHost } from "./docker/docker-host.ts";

/** Every setting of the registrar, as `--help` and the documentation list them. */
export const registrarSettings = {
  etcdEndpoints: setting({
    name: "ETCD_ENDPOINTS",
    schema: etcdEndpoints,
    fallback: "http://127.0.0.1:2379",
    about: "Members of etcd.",
  }),
  ...registrySettings,
  nodeName: nodeName("the Docker engine's name"),
  nodeAddress: optional({
    name: "NODE_ADDRESS",
    schema: hostAddress,
    fallback: "the source address towards etcd, else of the default route; never loopback",
    about: "Address under which other nodes reach this node's published ports.",
  }),
  dockerHost: setting({
    name: "DOCKER_HOST",
    schema: dockerHost,
    fallback: "unix:///var/run/docker.sock",
    about: "Where the Docker engine answers.",
  }),
  readyTimeoutMs: setting({
    name: "READY_TIMEOUT",
    schema: duration(),
    fallback: "30s",
    about: "How long a started container's port may accept no connection before it is served all the same.",
  }),
  adminListen: adminListen("127.0.0.1:7380"),
  ...addonSettings,
} as const;

/** The registrar's settings with their values. */
export type RegistrarSettings = Extract<ReadSettings<typeof registrarSettings>, { ok: true }>["settings"];

/** Reads the registrar's settings, or every problem at once. */
export function readRegistrarSettings(env: NodeJS.ProcessEnv): ReadSettings<typeof registrarSettings> {
  return readSettings(registrarSettings, env);
}
