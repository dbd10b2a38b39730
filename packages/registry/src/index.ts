export * from "./decode.ts";
export * from "./keys.ts";
export * from "./records.ts";
export * from "./rejection.ts";
export * from "./stored.ts";
export * from "./text.ts";
