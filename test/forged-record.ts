/** An endpoint's record as whoever may write to the registry could forge it, behind a front port, by default that of its own number. */
export function forgedRecord(ip: string, port: number, front = port): string {
  const record = {
    v: 1,
    state: "ready",
    addresses: [{ via: "node", ip, port }],
    listen: [{ port: front, ssl: false }],
    claims: [],
    settings: {},
    container: { id: "f".repeat(64), name: "forged", image: "forged", createdAt: "2026-11-22T08:00:00.000Z" },
    reportedAt: "2026-11-22T08:00:01.120Z",
  };
  return JSON.stringify(record);
}

/** A node's record that says that all of its containers are in the registry. */
export function forgedNode(address: string): string {
  const ids = { engineId: "forged", bootId: "forged", lease: "1", session: "forged" };
  return JSON.stringify({ v: 1, address, zone: "", version: "", ...ids, synced: true });
}
