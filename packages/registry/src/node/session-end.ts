/** Why a node's session writes no more. */
export type NodeSessionEnd = {
  readonly why: "lease-lost" | "record-lost" | "registry-rewound";
  readonly reason: string;
};

/** What was read of a node record, and by whom. */
export type NodeRecordRead = {
  /** The highest revision that the registry has shown before. */
  readonly floor: bigint;
  readonly revision: bigint;
  /** The lease of the node record; undefined: there is none. */
  readonly lease: string | undefined;
  readonly ownLease: string;
};

/** What a node record says of a session's end; undefined: it goes on. */
export function endOf({ floor, revision, lease, ownLease }: NodeRecordRead): NodeSessionEnd | undefined {
  if (revision < floor) {
    return { why: "registry-rewound", reason: `the registry went back from revision ${floor} to ${revision}` };
  }
  if (lease === ownLease) return undefined;
  const reason = lease === undefined ? "the node record is gone" : "the node record is another session's";
  return { why: "record-lost", reason };
}
