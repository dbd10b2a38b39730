/** The labels with which Compose marks what it makes. */
export const composeLabels = {
  project: "com.docker.compose.project",
  service: "com.docker.compose.service",
  oneOff: "com.docker.compose.oneoff",
  configHash: "com.docker.compose.config-hash",
} as const;

/** Whether labels are of what `docker compose run` starts: a task beside the service, with the service's labels. */
export function isOneOff(labels: Readonly<Record<string, string>>): boolean {
  return Object.hasOwn(labels, composeLabels.oneOff) && /^true$/i.test(labels[composeLabels.oneOff] ?? "");
}
