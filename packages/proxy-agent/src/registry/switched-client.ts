import type { RegistryAccess, RegistryClient, WatchHandlers } from "@fairway/registry";

/** A client of the registry whose way there can change while it is in use. */
export type SwitchedClient = RegistryClient & {
  /** Goes this way from now on; sessions end and begin anew. Throws, and changes nothing, on unusable certificates. */
  readonly use: (access: RegistryAccess) => void;
  /** The way that is used; undefined: none yet. */
  readonly access: () => RegistryAccess | undefined;
};

const noWay = "there is no way to the registry yet";
const switched = "there is another way to the registry";
const closed = "the way to the registry is closed";

/** Rejects everything until it is told which way to use. What is on its way when that changes rejects at once. */
export function switchedClient(open: (access: RegistryAccess) => RegistryClient): SwitchedClient {
  let current: RegistryClient | undefined;
  let used: RegistryAccess | undefined;
  const watches = new Set<End>();
  const pending = new Set<(error: Error) => void>();

  // A client that is closed may leave a call without any answer.
  const ask = <T>(call: (client: RegistryClient) => Promise<T>) =>
    new Promise<T>((resolve, reject) => {
      if (current === undefined) return reject(new Error(noWay));
      pending.add(reject);
      const settled = () => pending.delete(reject);
      call(current).then(resolve, reject).finally(settled);
    });

  const watch: RegistryClient["watch"] = (selectors, fromRevision, handlers) => {
    const watched = endedOnce(handlers, (end) => watches.delete(end));
    watches.add(watched.end);
    if (current === undefined) queueMicrotask(() => watched.end(noWay));
    else watched.stops(current.watch(selectors, fromRevision, { ...handlers, onEnd: watched.end }));
    return watched.stop;
  };

  const leave = (former: RegistryClient | undefined, reason: string) => {
    for (const end of watches) end(reason);
    for (const reject of pending) reject(new Error(reason));
    pending.clear();
    former?.close();
  };

  return {
    list: (...args) => ask((client) => client.list(...args)),
    get: (...args) => ask((client) => client.get(...args)),
    wasWritten: (...args) => ask((client) => client.wasWritten(...args)),
    count: (...args) => ask((client) => client.count(...args)),
    transact: (...args) => ask((client) => client.transact(...args)),
    grantLease: (...args) => ask((client) => client.grantLease(...args)),
    keepAliveOnce: (...args) => ask((client) => client.keepAliveOnce(...args)),
    revokeLease: (...args) => ask((client) => client.revokeLease(...args)),
    keysOfLease: (...args) => ask((client) => client.keysOfLease(...args)),
    timeOfLease: (...args) => ask((client) => client.timeOfLease(...args)),
    watch,
    access: () => used,
    use: (access) => {
      const former = current;
      current = open(access);
      used = access;
      leave(former, switched);
    },
    close: () => {
      watches.clear();
      leave(current, closed);
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
