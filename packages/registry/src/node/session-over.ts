import type { Stored } from "../stored.ts";

/** Why a node's session writes no more. */
export type SessionOver = {
  readonly why: "lease-lost" | "record-lost" | "registry-rewound" | "stopped";
  readonly reason: string;
};

/** The node record does not stand under the session's lease. */
export function recordLost(stored: Stored | undefined): SessionOver {
  const reason = stored === undefined ? "the node record is gone" : "the node record is another session's";
  return { why: "record-lost", reason };
}
