/** Which containers use the network of which others (`network_mode: container:X`). */
export type Joins = {
  /** Notes whose network a container uses; undefined: its own. */
  readonly set: (id: string, joined: string | undefined) => void;
  /** Every container that uses the network of this one, directly or through others. */
  readonly joinersOf: (id: string) => readonly string[];
};

export function createJoins(): Joins {
  const joinedBy = new Map<string, string>();
  return {
    set: (id, joined) => {
      if (joined === undefined) joinedBy.delete(id);
      else joinedBy.set(id, joined);
    },
    joinersOf: (id) => {
      const found = new Set([id]);
      for (const each of found) {
        for (const [joiner, joined] of joinedBy) if (joined === each) found.add(joiner);
      }
      found.delete(id);
      return [...found];
    },
  };
}
