import type { OpenRegistry, RegistryAccess, RegistryClient, WatchHandlers } from "@fairway/registry";

/** Ends a watch, once, with a reason. */
type End = (reason: string) => void;

const noAccess = "there is no way to the registry yet";
const switched = "there is another way to the registry";
const closed = "the way to the registry is closed";

/**
 * A client of the registry whose access can change while it is in use. Rejects everything until it is given one. What
 * is under way when that changes rejects at once.
 */
export class SwitchedClient implements RegistryClient {
  readonly #open: (access: RegistryAccess) => OpenRegistry;
  #current: OpenRegistry | undefined;
  #access: RegistryAccess | undefined;
  readonly #watches = new Set<End>();
  readonly #pending = new Set<(error: Error) => void>();

  constructor(open: (access: RegistryAccess) => OpenRegistry) {
    this.#open = open;
  }

  readonly list: RegistryClient["list"] = (...args) => this.#ask((client) => client.list(...args));
  readonly page: RegistryClient["page"] = (...args) => this.#ask((client) => client.page(...args));
  readonly survey: RegistryClient["survey"] = (...args) => this.#ask((client) => client.survey(...args));
  readonly get: RegistryClient["get"] = (...args) => this.#ask((client) => client.get(...args));
  readonly wasWritten: RegistryClient["wasWritten"] = (...args) => this.#ask((client) => client.wasWritten(...args));
  readonly count: RegistryClient["count"] = (...args) => this.#ask((client) => client.count(...args));
  readonly transact: RegistryClient["transact"] = (...args) => this.#ask((client) => client.transact(...args));
  readonly grantLease: RegistryClient["grantLease"] = (...args) => this.#ask((client) => client.grantLease(...args));
  readonly keepAliveOnce: RegistryClient["keepAliveOnce"] = (...args) =>
    this.#ask((client) => client.keepAliveOnce(...args));
  readonly revokeLease: RegistryClient["revokeLease"] = (...args) => this.#ask((client) => client.revokeLease(...args));
  readonly keysOfLease: RegistryClient["keysOfLease"] = (...args) => this.#ask((client) => client.keysOfLease(...args));
  readonly version: RegistryClient["version"] = () => this.#ask((client) => client.version());
  readonly timeOfLease: RegistryClient["timeOfLease"] = (...args) => this.#ask((client) => client.timeOfLease(...args));

  readonly watch: RegistryClient["watch"] = (selectors, fromRevision, handlers) => {
    const watched = endOnce(handlers, (end) => this.#watches.delete(end));
    this.#watches.add(watched.end);
    if (this.#current === undefined) queueMicrotask(() => watched.end(noAccess));
    else watched.stopWith(this.#current.watch(selectors, fromRevision, { ...handlers, onEnd: watched.end }));
    return watched.stop;
  };

  /** The access in use; undefined: none yet. */
  get access(): RegistryAccess | undefined {
    return this.#access;
  }

  /** Uses this access from now on; sessions end and begin anew. Throws, and changes nothing, on unusable certificates. */
  use(access: RegistryAccess): void {
    const former = this.#current;
    this.#current = this.#open(access);
    this.#access = access;
    this.#leave(former, switched);
  }

  /** Makes what begins from now on with other credentials; sessions go on. Throws, and changes nothing, on unusable ones. */
  renew(access: RegistryAccess): void {
    this.#current?.renew(access);
    this.#access = access;
  }

  readonly close = (): void => {
    this.#watches.clear();
    this.#leave(this.#current, closed);
  };

  /** A client that is closed may leave a call without any answer. */
  #ask<T>(call: (client: RegistryClient) => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#current === undefined) return reject(new Error(noAccess));
      this.#pending.add(reject);
      call(this.#current)
        .then(resolve, reject)
        .finally(() => this.#pending.delete(reject));
    });
  }

  #leave(former: RegistryClient | undefined, reason: string): void {
    for (const end of this.#watches) end(reason);
    for (const reject of this.#pending) reject(new Error(reason));
    this.#pending.clear();
    former?.close();
  }
}

/** A watch that ends once: by its own end, by a switch, or by its caller, who is then not called any more. */
function endOnce({ onEnd }: Pick<WatchHandlers, "onEnd">, onOver: (end: End) => void) {
  let isOver = false;
  let stopInner: () => void = () => undefined;
  const finish = () => {
    isOver = true;
    onOver(end);
    stopInner();
  };
  const end: End = (reason) => {
    if (isOver) return;
    finish();
    onEnd(reason);
  };
  const stopWith = (inner: () => void) => {
    stopInner = inner;
    if (isOver) inner();
  };
  return { end, stopWith, stop: () => void (isOver || finish()) };
}
