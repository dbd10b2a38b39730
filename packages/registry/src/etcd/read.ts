import type { Etcd3, IRangeRequest, IRangeResponse } from "etcd3";
import type { PageStart } from "../registry-client.ts";
import type { Listing, Selector } from "../stored.ts";
import { within } from "./connect.ts";
import { withOurErrors } from "./errors.ts";
import type { Keyspace } from "./keyspace.ts";

/** etcd takes 128 operations a transaction; some room is left. */
const mostOperations = 100;

/** How long the answer to a list may take; 50,000 endpoints are 35 MB. */
const listMs = 10_000;

type Answer = { readonly revision: bigint; readonly ranges: readonly IRangeResponse[] };

/** Everything that the selectors hold, at one revision: one transaction for each 100, the later ones at the first's revision. */
export async function list(etcd: Etcd3, keyspace: Keyspace, selectors: readonly Selector[]): Promise<Listing> {
  const ranges = selectors.map((selector) => keyspace.range(selector));
  const first = await readRanges(etcd, ranges.slice(0, mostOperations), within(listMs));
  const answers = [first];
  for (const chunk of chunks(ranges.slice(mostOperations))) {
    const pinned = chunk.map((range) => ({ ...range, revision: first.revision.toString() }));
    answers.push(await readRanges(etcd, pinned, within(listMs)));
  }
  return { revision: first.revision, stored: storedOf(keyspace, answers) };
}

/** Some keys below a prefix, in order. */
export async function page(
  etcd: Etcd3,
  keyspace: Keyspace,
  { prefix, after, revision, limit }: PageStart & { readonly prefix: string },
): Promise<Listing> {
  const range = keyspace.range({ prefix });
  const key = after === undefined ? range.key : Buffer.concat([keyspace.key(after), Buffer.from([0])]);
  const at = revision === undefined ? {} : { revision: revision.toString() };
  const answer = await readRanges(etcd, [{ ...range, key, limit: String(limit), ...at }], within(listMs));
  return { revision: revision ?? answer.revision, stored: storedOf(keyspace, [answer]) };
}

/** The named keys, linearizable, 100 a transaction; the revision is the first transaction's. */
export async function get(etcd: Etcd3, keyspace: Keyspace, keys: readonly string[]): Promise<Listing> {
  const answers: Answer[] = [];
  for (const chunk of chunks(keys)) {
    answers.push(
      await readRanges(
        etcd,
        chunk.map((key) => keyspace.range({ key })),
      ),
    );
  }
  return { revision: answers[0]?.revision ?? 0n, stored: storedOf(keyspace, answers) };
}

const isCompacted = /required revision has been compacted/;

/** A revision that etcd has not come to: what was seen of it cannot be of its history. */
const isInFuture = /required revision is a future revision/;

/** Whether etcd's history has a key written at a revision; undefined: it no longer goes back that far. */
export async function wasWritten(
  etcd: Etcd3,
  keyspace: Keyspace,
  { key, revision }: { readonly key: string; readonly revision: bigint },
): Promise<boolean | undefined> {
  try {
    const { ranges } = await readRanges(etcd, [{ ...keyspace.range({ key }), revision: revision.toString() }]);
    return ranges[0]?.kvs[0]?.mod_revision === revision.toString();
  } catch (error) {
    if (error instanceof Error && isCompacted.test(error.message)) return undefined;
    if (error instanceof Error && isInFuture.test(error.message)) return false;
    throw error;
  }
}

/** How many keys each prefix holds. */
export async function count(etcd: Etcd3, keyspace: Keyspace, prefixes: readonly string[]): Promise<readonly number[]> {
  const counts: number[] = [];
  for (const chunk of chunks(prefixes)) {
    const ranges = chunk.map((prefix) => ({ ...keyspace.range({ prefix }), count_only: true }));
    const answer = await readRanges(etcd, ranges);
    counts.push(...answer.ranges.map((range) => Number(range.count)));
  }
  return counts;
}

async function readRanges(
  etcd: Etcd3,
  ranges: readonly IRangeRequest[],
  options?: ReturnType<typeof within>,
): Promise<Answer> {
  const success = ranges.map((range) => ({ request_range: range }));
  const { header, responses } = await withOurErrors(etcd.kv.txn({ success }, options));
  return { revision: BigInt(header.revision), ranges: responses.map((response) => response.response_range) };
}

function storedOf(keyspace: Keyspace, answers: readonly Answer[]): Listing["stored"] {
  return answers.flatMap(({ ranges }) => ranges.flatMap((range) => range.kvs.map(keyspace.stored)));
}

function chunks<T>(items: readonly T[]): readonly (readonly T[])[] {
  const starts = Array.from({ length: Math.ceil(items.length / mostOperations) }, (_, at) => at * mostOperations);
  return starts.map((start) => items.slice(start, start + mostOperations));
}
