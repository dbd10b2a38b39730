import type { Etcd3, ICompare, IRequestOp } from "etcd3";
import type { Compare, Operation, TransactionOutcome } from "../registry-client.ts";
import { withOurErrors } from "./errors.ts";
import { type Keyspace, leaseDecimal } from "./keyspace.ts";

/** etcd compares a whole range where `range_end` is set; etcd3's type leaves the field out, its protocol file has it. */
type RangeCompare = ICompare & { readonly range_end?: Buffer };

type Creation = Operation & { readonly type: "create" };

/** etcd counts the operations along the deepest path of nested transactions: 128 at most. */
const creationsAtOnce = 20;

/** Carries out all operations if every compare holds, else none. */
export async function transact(
  etcd: Etcd3,
  keyspace: Keyspace,
  compares: readonly Compare[],
  operations: readonly Operation[],
): Promise<TransactionOutcome> {
  const creations = operations.filter((operation) => operation.type === "create");
  const others = operations.filter((operation) => operation.type !== "create");
  const { succeeded, header } = await withOurErrors(
    etcd.kv.txn({
      compare: compares.map((compare) => comparison(keyspace, compare)),
      success: [
        ...groupCreations(creations.map((creation) => create(keyspace, creation))),
        ...others.map((operation) => request(keyspace, operation)),
      ],
    }),
  );
  return { succeeded, revision: BigInt(header.revision) };
}

function comparison(keyspace: Keyspace, compare: Compare): RangeCompare {
  if ("prefix" in compare) {
    const next = (compare.unchangedSince + 1n).toString();
    return { ...keyspace.range({ prefix: compare.prefix }), result: "Less", target: "Mod", mod_revision: next };
  }
  const key = keyspace.key(compare.key);
  if ("lease" in compare) return { key, result: "Equal", target: "Lease", lease: leaseDecimal(compare.lease) };
  return { key, result: "Equal", target: "Mod", mod_revision: compare.modRevision.toString() };
}

function request(keyspace: Keyspace, operation: Exclude<Operation, Creation>): IRequestOp {
  const key = keyspace.key(operation.key);
  if (operation.type === "delete") return { request_delete_range: { key } };
  const lease = operation.lease === undefined ? {} : { lease: leaseDecimal(operation.lease) };
  if (operation.type === "lease") return { request_put: { key, ignore_value: true, ...lease } };
  return { request_put: { key, value: Buffer.from(operation.value), ...lease } };
}

/** What is missing has create revision 0, and a put without a lease takes a key off the one that it stands under. */
function create(keyspace: Keyspace, operation: Creation): IRequestOp {
  const key = keyspace.key(operation.key);
  const keep: IRequestOp = {
    request_txn: {
      compare: [{ key, result: "Equal", target: "Lease", lease: "0" }],
      failure: [{ request_put: { key, ignore_value: true } }],
    },
  };
  return {
    request_txn: {
      compare: [{ key, result: "Equal", target: "Create", create_revision: "0" }],
      success: [{ request_put: { key, value: Buffer.from(operation.value) } }],
      failure: [keep],
    },
  };
}

function groupCreations(creations: readonly IRequestOp[]): readonly IRequestOp[] {
  if (creations.length <= creationsAtOnce) return creations;
  const groups = Array.from({ length: Math.ceil(creations.length / creationsAtOnce) }, (_, at) =>
    creations.slice(at * creationsAtOnce, (at + 1) * creationsAtOnce),
  );
  return groups.map((success) => ({ request_txn: { success } }));
}
