export * from "./settings/agent-settings.ts";
