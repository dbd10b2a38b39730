export { adminAddresses, findRegistry, type FoundRegistry } from "./commands/find-registry.ts";
export { isProxyHint } from "./status/at-proxy.ts";
export { explain, explainContainer, type Explanation, rejectionSentence, type Routed } from "./status/explain.ts";
export { type Route, type RoutedContainer, routesOf } from "./status/routes.ts";
export {
  containersIn,
  type Known,
  type KnownContainer,
  knownOf,
  knownOfMoments,
  knownPrefixes,
} from "./status/known-containers.ts";
export { ProxyKinds } from "./status/proxy-kinds.ts";
export { type ContainerStanding, standingOf, withoutName } from "./status/standing.ts";
export { type NodeAndAddress, tryAddresses } from "./api/try-addresses.ts";
export { probeBind } from "./binding/probe-bind.ts";
export { type Foreseen, type ForeseenListener, type ForeseenProxy, foresee } from "./status/foresee.ts";
export { isLoopbackHost } from "./config/api-address.ts";
export { configOf } from "./config/agent-config.ts";
export { rulesOf } from "./status/proxy-rules.ts";
