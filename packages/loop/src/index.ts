export * from "./backoff.ts";
export * from "./wait.ts";
