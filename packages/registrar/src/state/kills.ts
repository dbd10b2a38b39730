/** A signal that was sent to a container through Docker. */
export type Kill = {
  /** Its number. */
  readonly signal: number;
  /** Engine's clock: tells to which run of the container it was sent. */
  readonly engineMs: number;
  /** Local clock, which never jumps: `evenNow`. */
  readonly seenMs: number;
};

/** Remembers what only events tell: the signals that were sent to containers. */
export type Kills = {
  readonly saw: (containerId: string, kill: Kill) => void;
  /** The last of each signal. */
  readonly of: (containerId: string) => readonly Kill[];
  readonly forget: (containerId: string) => void;
};

export function createKills(): Kills {
  const kills = new Map<string, readonly Kill[]>();
  return {
    saw: (containerId, kill) => {
      const others = (kills.get(containerId) ?? []).filter(({ signal }) => signal !== kill.signal);
      kills.set(containerId, [...others, kill]);
    },
    of: (containerId) => kills.get(containerId) ?? [],
    forget: (containerId) => void kills.delete(containerId),
  };
}
