export { findRegistry, type FoundRegistry } from "./commands/find-registry.ts";
export { probeBind } from "./binding/probe-bind.ts";
