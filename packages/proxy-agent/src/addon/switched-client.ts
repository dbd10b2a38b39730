import type { RegistryAccess, RegistryClient, WatchHandlers } from "@fairway/registry";

/** A client of the registry whose way there can change while it is in use. */
export type SwitchedClient = RegistryClient & {
  /** Goes this way from now on; sessions end and begin anew. Throws, and changes nothing, on unusable certificates. */
  readonly use: (access: RegistryAccess) => void;
};

const noWay = "there is no way to the registry yet";
const switched = "there is another way to the registry";

/** Rejects everything until it is told which way to use. */
export function switchedClient(open: (access: RegistryAccess) => RegistryClient): SwitchedClient {
  let current: RegistryClient | undefined;
  const watches = new Set<(reason: string) => void>();

  const client = async (): Promise<RegistryClient> => {
    if (current === undefined) throw new Error(noWay);
    return current;
  };

  const watch: RegistryClient["watch"] = (selectors, fromRevision, handlers) => {
    const watched = endedOnce(handlers, (end) => watches.delete(end));
    watches.add(watched.end);
    if (current === undefined) queueMicrotask(() => watched.end(noWay));
    else watched.stops(current.watch(selectors, fromRevision, { ...handlers, onEnd: watched.end }));
    return watched.stop;
  };

  return {
    list: async (...args) => (await client()).list(...args),
    get: async (...args) => (await client()).get(...args),
    count: async (...args) => (await client()).count(...args),
    transact: async (...args) => (await client()).transact(...args),
    grantLease: async (...args) => (await client()).grantLease(...args),
    keepAliveOnce: async (...args) => (await client()).keepAliveOnce(...args),
    revokeLease: async (...args) => (await client()).revokeLease(...args),
    keysOfLease: async (...args) => (await client()).keysOfLease(...args),
    watch,
    use: (access) => {
      const before = current;
      current = open(access);
      for (const end of watches) end(switched);
      before?.close();
    },
    close: () => {
      watches.clear();
      current?.close();
    },
  };
}

type End = (reason: string) => void;

/** A watch that ends once: by its own end, by a switch, or by who asked for it, who then hears nothing. */
function endedOnce({ onEnd }: Pick<WatchHandlers, "onEnd">, onOver: (end: End) => void) {
  let isOver = false;
  let stopInner: () => void = () => undefined;
  const over = () => {
    isOver = true;
    onOver(end);
    stopInner();
  };
  const end: End = (reason) => {
    if (isOver) return;
    over();
    onEnd(reason);
  };
  const stops = (inner: () => void) => {
    stopInner = inner;
    if (isOver) inner();
  };
  return { end, stops, stop: () => void (isOver || over()) };
}
