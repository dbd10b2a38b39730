/** The message of whatever was thrown, without the note on name resolution that gRPC ends with when it has none. */
export function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.replace(/ *Resolution note: *$/, "");
}
