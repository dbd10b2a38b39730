/** A key as etcd holds it. */
export type EtcdKey = {
  readonly key: string;
  readonly value: string;
  /** As records write it: 16 hex digits; empty: none. */
  readonly lease: string;
  readonly createRevision: number;
  readonly modRevision: number;
};

/** One change as a watcher sees it. */
export type EtcdEvent = { readonly type: "put" | "delete" } & EtcdKey;

type JsonKey = {
  readonly key: string;
  readonly value?: string;
  readonly lease?: string;
  readonly create_revision?: number | string;
  readonly mod_revision?: number | string;
};
type JsonAnswer = { readonly kvs?: readonly JsonKey[] };
type JsonEvents = { readonly Events?: readonly { readonly type?: unknown; readonly kv: JsonKey }[] };

/** Reads the answer of `etcdctl get --write-out json`, or of etcd's HTTP gateway, which writes numbers as texts. */
export function keysIn(json: string): readonly EtcdKey[] {
  return ((parse(json) as JsonAnswer).kvs ?? []).map(keyOf);
}

/** The cluster's revision at any answer of `etcdctl --write-out json`. */
export function revisionIn(json: string): number {
  return Number((parse(json) as { readonly header: { readonly revision: number | string } }).header.revision);
}

/** Reads one line of `etcdctl watch --write-out json`. */
export function eventsIn(json: string): readonly EtcdEvent[] {
  const events = (parse(json) as JsonEvents).Events ?? [];
  return events.map(({ type, kv }) => ({ type: isDelete(type) ? "delete" : "put", ...keyOf(kv) }));
}

/** Leases are numbers beyond what JavaScript holds. */
function parse(json: string): unknown {
  return JSON.parse(json.replace(/"lease":(\d+)/g, '"lease":"$1"'));
}

/** etcdctl writes the number of the protocol, newer ones its name. */
function isDelete(type: unknown): boolean {
  return type === 1 || type === "DELETE";
}

function keyOf({ key, value = "", lease = "", create_revision = 0, mod_revision = 0 }: JsonKey): EtcdKey {
  return {
    key: decode(key),
    value: decode(value),
    lease: lease === "" ? "" : BigInt(lease).toString(16).padStart(16, "0"),
    createRevision: Number(create_revision),
    modRevision: Number(mod_revision),
  };
}

function decode(base64: string): string {
  return Buffer.from(base64, "base64").toString();
}
