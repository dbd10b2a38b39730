export * from "./backoff.ts";
export * from "./mutex.ts";
export * from "./wait.ts";
export * from "./work-queue.ts";
