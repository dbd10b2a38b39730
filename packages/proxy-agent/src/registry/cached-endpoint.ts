import type { SeenEndpoint } from "./seen.ts";

/** An endpoint as the registry has it, or had it. */
export type CachedEndpoint = {
  readonly endpoint: SeenEndpoint;
  /** False once the registry no longer has it: it yields to a living record with its address. */
  readonly isLiving: boolean;
  /** Under which other nodes reach its node; undefined: that is not known. */
  readonly nodeAddress: string | undefined;
  /** The zone of its node; "": that told none. */
  readonly zone: string;
};

/** True when nothing of what decides about an endpoint has changed. */
export function isSameCached(a: CachedEndpoint | undefined, b: CachedEndpoint | undefined): boolean {
  return (
    a?.endpoint === b?.endpoint &&
    a?.isLiving === b?.isLiving &&
    a?.nodeAddress === b?.nodeAddress &&
    a?.zone === b?.zone
  );
}
