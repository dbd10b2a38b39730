export * from "./admin.ts";
export * from "./common-settings.ts";
export * from "./exit.ts";
export * from "./log.ts";
export * from "./registry-access.ts";
export * from "./run-program.ts";
export * from "./settings.ts";
export * from "./values.ts";
