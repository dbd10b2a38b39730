import { type Etcd3, GRPCInvalidArgumentError, type ICompare, type IRequestOp, type ITxnResponse } from "etcd3";
import { type Compare, type Operation, RefusedRequest, type TransactionOutcome } from "../registry-client.ts";
import { type Keyspace, leaseDecimal } from "./keyspace.ts";

/** etcd compares a whole range where `range_end` is set; etcd3's type leaves the field out, its protocol file has it. */
type RangeCompare = ICompare & { readonly range_end?: Buffer };

/** Carries out all operations if every compare holds, else none. */
export async function transact(
  etcd: Etcd3,
  keyspace: Keyspace,
  compares: readonly Compare[],
  operations: readonly Operation[],
): Promise<TransactionOutcome> {
  const { succeeded, header } = await orRefused(
    etcd.kv.txn({
      compare: compares.map((compare) => comparison(keyspace, compare)),
      success: operations.map((operation) => request(keyspace, operation)),
    }),
  );
  return { succeeded, revision: BigInt(header.revision) };
}

async function orRefused(answer: Promise<ITxnResponse>): Promise<ITxnResponse> {
  try {
    return await answer;
  } catch (error) {
    throw isOfTheRequest(error) ? new RefusedRequest(error.message, { cause: error }) : error;
  }
}

/** Not so, though under one code with them, that etcd's space is used up or that it has too much to do. */
function isOfTheRequest(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  return (
    error instanceof GRPCInvalidArgumentError || /message larger than max|request is too large/i.test(error.message)
  );
}

function comparison(keyspace: Keyspace, compare: Compare): RangeCompare {
  if ("emptyPrefix" in compare) return absent(keyspace.range({ prefix: compare.emptyPrefix }));
  const key = keyspace.key(compare.key);
  if ("lease" in compare) return { key, result: "Equal", target: "Lease", lease: leaseDecimal(compare.lease) };
  return { key, result: "Equal", target: "Mod", mod_revision: compare.modRevision.toString() };
}

/** A key or range that holds nothing: etcd compares what is missing as created at revision 0. */
function absent(range: { readonly key: Buffer; readonly range_end?: Buffer }): RangeCompare {
  return { ...range, result: "Equal", target: "Create", create_revision: "0" };
}

function request(keyspace: Keyspace, operation: Operation): IRequestOp {
  const key = keyspace.key(operation.key);
  if (operation.type === "delete") return { request_delete_range: { key } };
  const value = Buffer.from(operation.value);
  if (operation.type === "create") {
    return { request_txn: { compare: [absent({ key })], success: [{ request_put: { key, value } }] } };
  }
  const lease = operation.lease === undefined ? {} : { lease: leaseDecimal(operation.lease) };
  return { request_put: { key, value, ...lease } };
}
