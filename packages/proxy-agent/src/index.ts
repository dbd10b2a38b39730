export * from "./settings/agent-settings.ts";
export { probeBind } from "./apply/bind-probe.ts";
