import { isRecoverableError, GRPCCancelledError } from "etcd3";
import { BrokenCircuitError, type IPolicy, noop } from "cockatiel";

/** How long a member of etcd that failed is passed over. */
const firstPauseMs = 1000;
/** How long a member that fails again and again is passed over at most. */
const longestPauseMs = 15_000;

type Failure = { readonly at: number; readonly pauseMs: number };

/**
 * How etcd3 picks a member: one that failed is passed over for 1 s, then 2 s, up to 15 s, so that one frozen member
 * costs few calls their deadline. When all have failed, the one whose failure is the longest ago is asked: a call that is
 * tried once for each member comes to every one of them, and unlike with a circuit breaker the registry is never given
 * up because of what it was a moment ago.
 */
export function passOverFailedMembers(nowMs: () => number = () => performance.now()): (member: string) => IPolicy {
  const members = new Set<string>();
  const failures = new Map<string, Failure>();
  const failedAt = (member: string) => failures.get(member)?.at ?? Number.NEGATIVE_INFINITY;
  const isFailed = (member: string) => failedAt(member) + (failures.get(member)?.pauseMs ?? 0) > nowMs();
  const isPassedOver = (member: string) => {
    if (!isFailed(member)) return false;
    return [...members].some((other) => !isFailed(other) || failedAt(other) < failedAt(member));
  };
  const note = (member: string, error: unknown) => {
    if (!isMembersFault(error)) return;
    const pauseMs = Math.min((failures.get(member)?.pauseMs ?? firstPauseMs / 2) * 2, longestPauseMs);
    failures.set(member, { at: nowMs(), pauseMs });
  };
  return (member) => {
    members.add(member);
    const execute: IPolicy["execute"] = async (call, signal = new AbortController().signal) => {
      // etcd3 goes on to the next member at this error, without counting it as a call.
      if (isPassedOver(member)) throw new BrokenCircuitError(`${member} failed lately`);
      try {
        const answer = await call({ signal });
        failures.delete(member);
        return answer;
      } catch (error) {
        note(member, error);
        throw error;
      }
    };
    return Object.assign(Object.create(noop) as IPolicy, { execute });
  };
}

/** An end of our own making says nothing about the member. */
function isMembersFault(error: unknown): boolean {
  return error instanceof Error && isRecoverableError(error) && !(error instanceof GRPCCancelledError);
}
