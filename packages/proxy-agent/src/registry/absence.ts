/** An endpoint that the view holds and the registry no longer has. Plain data: part of the snapshot. */
export type Absence = {
  readonly key: string;
  /** `missing`: not judged yet. `orphaned`: its registrar is gone, the container may well live. */
  readonly state: "missing" | "orphaned";
  /** When it was first missed, ms since 1970. */
  readonly since: number;
  /** Not judged before, ms since 1970. */
  readonly heldUntil: number;
  /** The machine that it ran on, as far as it was known. */
  readonly machine: Machine | null;
};

/** A node's engine and boot: with another one, no container of before is alive. */
export type Machine = { readonly engineId: string; readonly bootId: string };

/** True when the node came back as another machine, or started anew: what ran there is gone. */
export function isOtherMachine(before: Machine | null, now: Machine): boolean {
  return before !== null && (before.engineId !== now.engineId || before.bootId !== now.bootId);
}
