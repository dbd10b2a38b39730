/** `<project>/<service>` of an endpoint, escaped as in its key: one name for one service. */
export function serviceIdOf(endpointKey: string): string {
  return endpointKey.split("/").slice(1, 3).join("/");
}
