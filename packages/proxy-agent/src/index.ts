export { adminAddresses, findRegistry, type FoundRegistry } from "./commands/find-registry.ts";
export { explain, type Explanation, type Routed } from "./status/explain.ts";
export { type Route, type RoutedContainer, routesOf } from "./status/routes.ts";
export { type Known, knownOf, knownPrefixes } from "./status/known-containers.ts";
export { type NodeAndAddress, tryAddresses } from "./api/try-addresses.ts";
export { probeBind } from "./binding/probe-bind.ts";
export { type Foreseen, type ForeseenListener, type ForeseenProxy, foresee } from "./status/foresee.ts";
export { configOf } from "./config/settings.ts";
export { rulesOf } from "./status/proxy-rules.ts";
