export * from "./admin.ts";
export * from "./even-now.ts";
export * from "./exit.ts";
export * from "./log.ts";
export { ownAddresses, sourceAddresses } from "./own-addresses.ts";
export * from "./registry-access.ts";
export * from "./run-program.ts";
export * from "./serve-http.ts";
export * from "./settings.ts";
