import { backoffMs, type BackoffTimes } from "@fairway/loop";
import type { Log } from "@fairway/program";
import type { Desired } from "../desired/desired.ts";
import type { HostPortsAt } from "../desired/own-host-ports.ts";
import { boundAddresses, wantedBinds, type WantedBinds } from "./binds.ts";
import { beyondRoom } from "./descriptors.ts";
import type { Observed } from "../observed.ts";
import { PortJudge, type ListenerRefusal } from "./port-judge.ts";
import { bindKey } from "./probe-bind.ts";
import type { TakenPorts } from "./taken-ports.ts";

/** What {@link Bindable} works with. */
export type BindableOptions = {
  readonly hostPortsAt: HostPortsAt;
  /** How old the claim on a listener is: lower is older; undefined: the youngest. */
  readonly ageOf: (port: number) => bigint | undefined;
  /** Addresses that other programs were seen to hold. */
  readonly taken: TakenPorts;
  readonly log: Log;
};

/** What is known of the HAProxy that runs. */
export type AdmissionFacts = {
  /** What it holds; undefined: none runs. */
  readonly observed: Observed | undefined;
  /** Its processes. */
  readonly own: readonly number[];
  /** How many sockets it may have for listening and for checks. */
  readonly room: number;
};

/** A listener that is left out, and when it is looked at again, ms of `performance.now()`. */
type LeftOut = {
  readonly wanted: WantedBinds;
  readonly refusal: ListenerRefusal;
  readonly looks: number;
  readonly nextAt: number;
};

const lookTimes: BackoffTimes = { firstMs: 1000, longestMs: 30_000 };

/** How long the processes that hold ports are looked for while an application waits. */
const urgentMs = 100;
/** How long the processes that hold ports are looked for while none waits. */
const patientMs = 2000;

/**
 * What of the desired can be bound. Listeners whose address cannot be had are left out until a look, outside of any
 * application and with a back-off for each, finds that it may be.
 */
export class Bindable {
  readonly #options: BindableOptions;
  readonly #judge: PortJudge;
  /** The reasons that were logged. */
  readonly #told = new Map<number, string>();
  #leftOut: ReadonlyMap<number, LeftOut> = new Map();

  constructor(options: BindableOptions) {
    this.#options = options;
    const { hostPortsAt, taken } = options;
    this.#judge = new PortJudge({ hostPortsAt, taken });
  }

  /** In how many milliseconds listeners that are left out are to be looked at; undefined: there are none. */
  get nextLookMs(): number | undefined {
    const times = [...this.#leftOut.values()].map(({ nextAt }) => nextAt);
    return times.length === 0 ? undefined : Math.max(10, Math.min(...times) - performance.now());
  }

  /** The listeners of these that are left out. */
  refusalsIn(desired: Desired): readonly ListenerRefusal[] {
    if (this.#leftOut.size === 0) return [];
    return wantedBinds(desired).flatMap(({ listener }) => this.#leftOut.get(listener)?.refusal ?? []);
  }

  /** Why a listener is left out now; undefined: it is not. */
  refusalOf(listener: number): ListenerRefusal | undefined {
    return this.#leftOut.get(listener)?.refusal;
  }

  /** The listeners of these that are served although a container of this node has a right to their port. */
  owedIn(desired: Desired, observed: Observed | undefined): readonly ListenerRefusal[] {
    return this.#judge.owed(wantedBinds(desired), observed);
  }

  /** The desired without the listeners that are left out, and without HAProxy's own pages that are. */
  select(desired: Desired): Desired {
    if (this.#leftOut.size === 0) return desired;
    const { listeners, sections } = desired;
    const pages = [...this.#leftOut.values()].flatMap(({ wanted }) => wanted.page ?? []);
    return {
      listeners: listeners.filter(({ port }) => !this.#leftOut.has(port)),
      sections: pages.length === 0 ? sections : { ...sections, ...Object.fromEntries(pages.map((page) => [page, []])) },
    };
  }

  /** Judges every listener that is desired and neither bound nor left out; others are as they were. */
  async admit(desired: Desired, { observed, own, room }: AdmissionFacts): Promise<void> {
    const bound = observed ? boundAddresses(observed) : new Set<string>();
    const isBound = ({ binds }: WantedBinds) => binds.every((bind) => bound.has(bindKey(bind)));
    const all = wantedBinds(desired);
    this.#forgetTold(all);
    const known = all.flatMap((each) => (isBound(each) ? [] : (this.#leftOut.get(each.listener) ?? [])));
    const fresh = all.filter((each) => !isBound(each) && !this.#leftOut.has(each.listener));
    const refusals = await this.#judge.judge(fresh, { bound, observed, own, withinMs: urgentMs });
    // Looked at again at once: who holds them may take longer to find.
    const refused = fresh.flatMap((wanted) => leftOut(wanted, refusals.get(wanted.listener), { looks: 0, inMs: 0 }));
    const out = byListener([...known, ...refused]);
    const admitted = all.filter(({ listener }) => !out.has(listener));
    const beyond = beyondRoom(admitted, { room, isBound, ageOf: this.#options.ageOf });
    this.#tell(beyond.map(({ refusal }) => refusal));
    const later = { looks: 5, inMs: lookTimes.longestMs };
    const more = beyond.flatMap(({ wanted, refusal }) => leftOut(wanted, refusal, later));
    this.#leftOut = byListener([...out.values(), ...more]);
  }

  /** The node's host ports have changed: the next look takes in the listeners that are left out because of it. */
  lookAtHostPorts(): void {
    const inMs = 0;
    const again = [...this.#leftOut.values()].flatMap((each) => {
      const { wanted, refusal, looks } = each;
      return refusal.code === "port-published" ? leftOut(wanted, refusal, { looks, inMs }) : [each];
    });
    this.#leftOut = byListener(again);
  }

  /** Looks at those whose time has come; answers whether any may be bound now. Logs each reason once. */
  async look({ observed, own }: Pick<AdmissionFacts, "observed" | "own">): Promise<boolean> {
    const due = [...this.#leftOut.values()].filter(({ nextAt }) => nextAt <= performance.now());
    const wanted = due.map((each) => each.wanted);
    const refusals = await this.#judge.judge(wanted, { bound: new Set(), observed, own, withinMs: patientMs });
    this.#tell([...refusals.values()]);
    const after = new Map(this.#leftOut);
    let isAnyFree = false;
    for (const before of due) {
      const { listener } = before.wanted;
      // One that was judged otherwise meanwhile stays as it is.
      if (after.get(listener) !== before) continue;
      const looks = before.looks + 1;
      const [next] = leftOut(before.wanted, refusals.get(listener), { looks, inMs: backoffMs(looks, lookTimes) });
      if (next) after.set(listener, next);
      else isAnyFree = after.delete(listener);
      if (!next && before.refusal.code !== "too-many-listeners") this.#told.delete(listener);
    }
    this.#leftOut = after;
    return isAnyFree;
  }

  /** What is not asked for any more is told again when it is. */
  #forgetTold(asked: readonly WantedBinds[]): void {
    if (this.#told.size === 0) return;
    const listeners = new Set(asked.map(({ listener }) => listener));
    for (const listener of this.#told.keys()) if (!listeners.has(listener)) this.#told.delete(listener);
  }

  #tell(refusals: readonly ListenerRefusal[]): void {
    for (const refusal of refusals) {
      if (this.#told.get(refusal.listener) !== refusal.reason) this.#options.log.warn(refusal, "listener refused");
      this.#told.set(refusal.listener, refusal.reason);
    }
  }
}

type NextLook = { readonly looks: number; readonly inMs: number };

function leftOut(wanted: WantedBinds, refusal: ListenerRefusal | undefined, next: NextLook): readonly LeftOut[] {
  const { looks, inMs } = next;
  return refusal === undefined ? [] : [{ wanted, refusal, looks, nextAt: performance.now() + inMs }];
}

function byListener(all: readonly LeftOut[]): ReadonlyMap<number, LeftOut> {
  return new Map(all.map((each) => [each.wanted.listener, each]));
}
