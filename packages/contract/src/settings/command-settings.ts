import { agentSettings } from "./agent-settings.ts";
import { apiClientSettings } from "./api-settings.ts";
import * as grammar from "./grammars.ts";
import type { SettingValues } from "./read-settings.ts";
import { accessSettings } from "./registry-settings.ts";
import { optional } from "./setting.ts";

/** How the `fairway` command finds the registry. */
export const commandSettings = {
  etcdEndpoints: optional({
    name: "ETCD_ENDPOINTS",
    actsOn: "program",
    schema: grammar.etcdEndpoints,
    fallback: "the etcd of `npm start`, of this machine's agent or registrar, or of the addon",
    about: "Members of etcd; the option --etcd is stronger.",
  }),
  ...accessSettings,
  adminListen: {
    ...agentSettings.adminListen,
    about: "Where an agent or a registrar of this machine answers /status, which says where etcd is.",
  },
  ...apiClientSettings,
  addonUrl: { ...agentSettings.addonUrl, about: "Where the registrar's addon answers, inside a container." },
} as const;

/** The values of {@link commandSettings}. */
export type CommandSettings = SettingValues<typeof commandSettings>;

/** Those of them that say where the registry is. */
export type FindSettings = Omit<CommandSettings, keyof typeof apiClientSettings>;
