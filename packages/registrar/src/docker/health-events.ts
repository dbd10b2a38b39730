/** What a container's HEALTHCHECK says of it. */
export type HealthNews = "healthy" | "unhealthy";

/** What Docker calls an event about it; after a colon it says which. */
export const healthAction = "health_status";

/** What the action of an event says, such as `health_status: unhealthy`; undefined: it is about something else. */
export function healthIn(action: string): HealthNews | undefined {
  if (action.split(":", 1)[0] !== healthAction) return undefined;
  return action.endsWith(" unhealthy") ? "unhealthy" : "healthy";
}

/** True for an event that is about what a container's HEALTHCHECK says, which is nothing to others. */
export function isOfHealth({ what }: { readonly what: string }): boolean {
  return what === "healthy" || what === "unhealthy";
}
