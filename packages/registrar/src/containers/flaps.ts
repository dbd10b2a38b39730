import { type EndpointState, hint, type Rejection } from "@fairway/contract";
import type { ContainerState, StateWithRecords } from "./container-state.ts";
import type { RecordTexts } from "./records.ts";

/** What becomes of a container's endpoints with a new state of it. */
export type StateChange = {
  /** One left, or takes less traffic than before; or a container's report left, and with it all that was told of it. */
  readonly isWorse: boolean;
  /** One came, or takes more; or a report came where nothing was told of the container. */
  readonly isBetter: boolean;
  /** One has another record in the same state. */
  readonly isAltered: boolean;
};

const ranks: Readonly<Record<EndpointState, number>> = { draining: 1, unhealthy: 2, starting: 3, ready: 4 };

/** Compares a container's state with the one before; `isSame`: whether an endpoint's record stays as it is. */
export function compareStates(
  before: ContainerState | undefined,
  after: ContainerState | undefined,
  isSame: (key: string) => boolean,
): StateChange {
  const former = new Map((before?.endpoints ?? []).map(({ key, state }) => [key, ranks[state]]));
  const [hadNone, hasNone] = [isUntold(before), isUntold(after)];
  let [isWorse, isBetter, isAltered] = [hasNone && !hadNone, hadNone && !hasNone, false];
  for (const { key, state } of after?.endpoints ?? []) {
    const rank = former.get(key) ?? 0;
    former.delete(key);
    if (ranks[state] < rank) isWorse = true;
    else if (ranks[state] > rank) isBetter = true;
    else if (!isSame(key)) isAltered = true;
  }
  return { isWorse: isWorse || former.size > 0, isBetter, isAltered };
}

/** Nothing is told of the container: it has not even a report. */
function isUntold(state: ContainerState | undefined): boolean {
  return state === undefined || state.keys.length === 0;
}

/** Of a new state what is worse than before; the rest stays as it was. `recordAt`: the records before. */
export function holdBack(
  { state, records }: StateWithRecords,
  before: ContainerState | undefined,
  recordAt: (key: string) => string | undefined,
): StateWithRecords {
  const former = new Map((before?.endpoints ?? []).map((endpoint) => [endpoint.key, endpoint]));
  const held = new Map<string, string>();
  const endpoints = state.endpoints.flatMap((endpoint) => {
    const known = former.get(endpoint.key);
    if (known === undefined) return [];
    const isWorse = ranks[endpoint.state] < ranks[known.state];
    const text = (isWorse ? records.get(endpoint.key) : recordAt(endpoint.key)) ?? "";
    held.set(endpoint.key, text);
    return [isWorse ? endpoint : known];
  });
  const reports = heldReports(before, recordAt);
  const keys = [...held.keys(), ...reports.keys()];
  const rejections = before?.rejections ?? [];
  return { state: { ...state, endpoints, rejections, keys }, records: new Map([...held, ...reports]) };
}

/** The records of a container that are none of its endpoints'. */
function heldReports(before: ContainerState | undefined, recordAt: (key: string) => string | undefined): RecordTexts {
  const served = new Set(before?.endpoints.map(({ key }) => key));
  const keys = (before?.keys ?? []).filter((key) => !served.has(key));
  return new Map(keys.flatMap((key) => [[key, recordAt(key) ?? ""] as const]));
}

/** How long a container's returns count towards its pause. */
export const windowMs = 5 * 60_000;
const freeReturns = 5;
/** How long a container that returns all the time is held back at most. */
const longestPauseMs = 30_000;

/** How long a container that was well again so many times within five minutes stays as it is before the next time. */
export function pauseMs(returns: number): number {
  return returns < freeReturns ? 0 : Math.min(1000 * 2 ** (returns - freeReturns), longestPauseMs);
}

/** One container. */
type Flap = {
  /** When it was well again, or another, within the last minutes. */
  readonly returns: readonly number[];
  /** Since when it has been worse; undefined: it is not. */
  readonly worseSince: number | undefined;
};

/**
 * Counts how often containers were well again after they were worse: the more often within five minutes, the later the
 * next time. What is worse is told at once; a new container waits for nothing.
 */
export class Flaps {
  readonly #flaps = new Map<string, Flap>();

  /** Whether what is not worse may be told now. Notes the change, as far as it may. */
  take(id: string, { isWorse, isBetter, isAltered }: StateChange, nowMs: number): boolean {
    const { returns, worseSince } = this.#at(id, nowMs);
    const isReturn = (isBetter && worseSince !== undefined) || isAltered;
    const isHeld = isReturn && this.leftMs(id, nowMs) > 0;
    if (!isReturn && !isWorse) return true;
    this.#flaps.set(id, {
      returns: isReturn && !isHeld ? [...returns, nowMs] : returns,
      worseSince: isWorse ? (worseSince ?? nowMs) : isHeld ? worseSince : undefined,
    });
    return !isHeld;
  }

  /** How long it still is before what is not worse may be told, in milliseconds. */
  leftMs(id: string, nowMs: number): number {
    const { returns, worseSince } = this.#at(id, nowMs);
    const since = worseSince ?? returns.at(-1) ?? -Infinity;
    return Math.max(0, since + pauseMs(returns.length) - nowMs);
  }

  /**
   * How long a container need not be inspected, in milliseconds: while all of it is unhealthy and has to wait, nothing that
   * could be seen would be told.
   */
  restMs(id: string, state: ContainerState | undefined, nowMs: number): number {
    const { endpoints = [] } = state ?? {};
    const isUnhealthy = endpoints.length > 0 && endpoints.every((each) => each.state === "unhealthy");
    return isUnhealthy ? this.leftMs(id, nowMs) : 0;
  }

  /** Tells of a container that has to wait. */
  hints(id: string, nowMs: number): readonly Rejection[] {
    if (pauseMs(this.#at(id, nowMs).returns.length) === 0) return [];
    const reason = `it died, was unhealthy or changed more than ${freeReturns} times in five minutes: it comes back with a pause of up to ${longestPauseMs / 1000} s`;
    return [hint({ code: "flapping", reason })];
  }

  forget(id: string): void {
    this.#flaps.delete(id);
  }

  #at(id: string, nowMs: number): Flap {
    const { returns = [], worseSince } = this.#flaps.get(id) ?? {};
    return { returns: returns.filter((at) => at + windowMs > nowMs), worseSince };
  }
}
