import { inOrder, type Front } from "@fairway/contract";
import type { Log } from "@fairway/program";
import type { EndpointRejection } from "./desired.ts";
import type { ListenerBuilder } from "./listener-builder.ts";

/** A rejection with the front port that is asked for, or a name there. */
export type FrontRejection = EndpointRejection & { readonly front: Front };

/** What the registry asks for and no listener serves: read from all of their builders, and told in the log as it comes. */
export class ListenerRejections {
  readonly #builders: ReadonlyMap<Front, ListenerBuilder>;
  readonly #log: Pick<Log, "warn">;
  /** Undefined: to be collected anew. */
  #inOrder: readonly EndpointRejection[] | undefined;

  /** `builders`: those of all listeners, as they are at any time. */
  constructor(builders: ReadonlyMap<Front, ListenerBuilder>, log: Pick<Log, "warn">) {
    this.#builders = builders;
    this.#log = log;
  }

  /** All of them in order: the same array until one changed. */
  all(): readonly EndpointRejection[] {
    this.#inOrder ??= [...this.#builders.values()].flatMap((each) => each.rejections()).sort(inOrder);
    return this.#inOrder;
  }

  /** The same by what is asked for, in no order. */
  byFront(): readonly FrontRejection[] {
    return [...this.#builders].flatMap(([front, each]) => each.rejections().map((one) => ({ ...one, front })));
  }

  /** A builder was concluded: what is new of its rejections is told. */
  take(builder: ListenerBuilder): void {
    const added = builder.takeNewRejections();
    if (added === undefined) return;
    this.#inOrder = undefined;
    for (const each of added) this.#log.warn(each, each.severity === "hint" ? "served with a hint" : "not served");
  }
}
