import type { IKeyValue } from "etcd3";
import type { Selector, Stored } from "../stored.ts";

/** A key or a half-open range of keys, as etcd takes it. */
export type KeyRange = { readonly key: Buffer; readonly range_end?: Buffer };

/** Between keys relative to the prefix and etcd's bytes. */
export type Keyspace = {
  readonly key: (relative: string) => Buffer;
  readonly range: (selector: Selector) => KeyRange;
  /** Undefined for a key that does not begin with the prefix. */
  readonly relative: (key: Buffer) => string | undefined;
  readonly stored: (kv: IKeyValue) => Stored;
};

export function createKeyspace(prefix: string): Keyspace {
  const root = Buffer.from(`${prefix}/`);
  const key = (relative: string) => Buffer.concat([root, Buffer.from(relative)]);
  const relative = (bytes: Buffer) =>
    bytes.subarray(0, root.length).equals(root) ? bytes.toString("utf8", root.length) : undefined;
  return {
    key,
    relative,
    range: (selector) => ("key" in selector ? { key: key(selector.key) } : rangeBelow(key(selector.prefix))),
    stored: (kv) => ({
      key: relative(kv.key) ?? kv.key.toString(),
      value: kv.value.toString(),
      createRevision: BigInt(kv.create_revision),
      modRevision: BigInt(kv.mod_revision),
      lease: kv.lease === "0" ? undefined : leaseHex(kv.lease),
    }),
  };
}

/** Every key that begins with a text. Our prefixes end in `/`, so their last byte can be raised. */
function rangeBelow(prefix: Buffer): KeyRange {
  const end = Buffer.from(prefix);
  end[end.length - 1] = (end.at(-1) ?? 0) + 1;
  return { key: prefix, range_end: end };
}

/** etcd's decimal lease id as etcdctl prints it. */
export function leaseHex(decimal: string): string {
  return BigInt(decimal).toString(16).padStart(16, "0");
}

/** The decimal id that etcd takes. */
export function leaseDecimal(hex: string): string {
  return BigInt(`0x${hex}`).toString();
}
