export { type ReleaseQuestion, readReleaseQuestion, releaseAsked, releaseCommand } from "./commands/release.ts";
export { type PlannedRecords, plannedRecords } from "./containers/planned-records.ts";
export type { Attachment, Container, NetworkMode, PublishedPort } from "./docker/container.ts";
export { certificateFiles, type EngineHost, engineHost } from "./docker/engine-host.ts";
export { composeLabels, isOneOff } from "./endpoints/compose-labels.ts";
export type { NamedNode } from "./endpoints/endpoints-of.ts";
