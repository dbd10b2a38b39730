export * from "./align-columns.ts";
export {
  longestName,
  longestRecord,
  longestRecords,
  longestValue,
  mostAddresses,
  mostHostPorts,
  mostNames,
  mostPorts,
  mostProjectPorts,
  mostRejections,
} from "./bounds.ts";
export * from "./agent-api.ts";
export * from "./certificate.ts";
export * from "./claims.ts";
export * from "./codec.ts";
export { duration } from "./duration.ts";
export * from "./front.ts";
export * from "./handout.ts";
export * from "./ip.ts";
export * from "./journal.ts";
export * from "./keys.ts";
export * from "./reason.ts";
export * from "./labels/balancer.ts";
export { checkUser, type HealthCheck, type Role } from "./labels/check.ts";
export * from "./labels/label-rejection.ts";
export * from "./labels/label-table.ts";
export * from "./labels/port-list.ts";
export * from "./labels/certificate-labels.ts";
export { portSettingsOf, settingsAt, settingsWithin } from "./labels/port-settings.ts";
export { refuseControlCharacter } from "./labels/clean-labels.ts";
export * from "./labels/read-labels.ts";
export {
  listenerLinesOf,
  listenerSettingsOf,
  type ListenerLines,
  type ListenerSettingLine,
} from "./labels/listener-settings.ts";
export { checkKind, type Locality } from "./labels/listener-words.ts";
export { networkSettingNames, networksOf, type NetworkSettingName } from "./labels/networks.ts";
export { mostOperatorSettings, readOperatorSettings, type OperatorSettings } from "./labels/operator-settings.ts";
export {
  checkPortsOf,
  serverLineOf,
  serverSettingsOf,
  type ServerLine,
  type ServerSettings,
} from "./labels/server-settings.ts";
export type { ServerAuthorities } from "./labels/server-tls.ts";
export { withServerDefaults } from "./labels/server-defaults.ts";
export type { LabelTrust } from "./labels/server-words.ts";
export { everyName, hasName, isServerName, wildcardOf } from "./server-name.ts";
export { settingNames } from "./labels/setting-readers.ts";
export * from "./labels/share.ts";
export { limitOf, limitSettingNames, type LimitSettingName } from "./labels/source-limits.ts";
export * from "./records.ts";
export * from "./rejection.ts";
export {
  bindOptions,
  type BindOptions,
  type NameOwner,
  type PortOwner,
  type PortRange,
  scopeItem,
  type ScopeItem,
} from "./settings/agent-grammars.ts";
export { agentSettings, type AgentSettings } from "./settings/agent-settings.ts";
export { commandSettings, type CommandSettings, type FindSettings } from "./settings/command-settings.ts";
export { type DockerHost, type ListenAddress, listenText } from "./settings/grammars.ts";
export { defaultOptions, defaultTimeouts } from "./settings/haproxy-settings.ts";
export { readSettings, type SettingTable, type SettingValues } from "./settings/read-settings.ts";
export { registrarSettings, type RegistrarSettings } from "./settings/registrar-settings.ts";
export type { AccessSettings } from "./settings/registry-settings.ts";
export { serviceDefaultsOf } from "./settings/service-defaults.ts";
export type { Setting } from "./settings/setting.ts";
export { standaloneSettings, type StandaloneSettings } from "./settings/standalone-settings.ts";
export { uiSettings, type UiSettings } from "./settings/ui-settings.ts";
export * from "./sorting.ts";
export * from "./text.ts";
