import type { Change, RegistryLog, SubscriptionEvent } from "@fairway/registry";

/** What a subscription told, and the picture that follows from it. */
export type Recorder = {
  readonly events: readonly SubscriptionEvent[];
  readonly onEvent: (event: SubscriptionEvent) => void;
  /** Keys and values as a subscriber sees them now. */
  readonly view: () => ReadonlyMap<string, string>;
  readonly count: (...types: readonly SubscriptionEvent["type"][]) => number;
};

export function createRecorder(): Recorder {
  const events: SubscriptionEvent[] = [];
  const view = new Map<string, string>();
  return {
    events,
    view: () => view,
    count: (...types) => events.filter(({ type }) => types.includes(type)).length,
    onEvent: (event) => {
      events.push(event);
      if (event.type === "listed") view.clear();
      if (event.type === "listed") for (const { key, value } of event.listing.stored) view.set(key, value);
      if (event.type !== "changed" && event.type !== "compared") return;
      for (const change of event.changes) {
        if (change.type === "put") view.set(change.stored.key, change.stored.value);
        else view.delete(change.key);
      }
    },
  };
}

/** A log that keeps its lines. */
export type RecordedLog = RegistryLog & { readonly lines: readonly string[] };

export function createLogRecorder(): RecordedLog {
  const lines: string[] = [];
  const write = (level: string) => (fields: Readonly<Record<string, unknown>>, message: string) => {
    lines.push(`${level} ${message} ${JSON.stringify(fields)}`);
  };
  return { lines, debug: () => undefined, info: write("info"), warn: write("warn"), error: write("error") };
}

/** Every change that a recorder heard, in order. */
export function changesOf({ events }: Recorder): readonly Change[] {
  return events.flatMap((event) => (event.type === "changed" ? event.changes : []));
}
