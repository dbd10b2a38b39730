import type { Etcd3, IRangeRequest, IRangeResponse } from "etcd3";
import {
  beginAgainIfCompacted,
  CompactedRevision,
  type PageStart,
  type Survey,
  type SurveyedAt,
} from "../registry-client.ts";
import type { KeySpan, Listing, SeenWrite, Selector } from "../stored.ts";
import { within } from "./connect.ts";
import { withOurErrors } from "./errors.ts";
import type { Keyspace, KeyRange } from "./keyspace.ts";

/** etcd takes 128 operations a transaction; some room is left. */
const mostOperations = 100;

/** How many records of one prefix are read at once: 350 KB of endpoints, which etcd holds for each who asks. */
const pageLimit = 500;

/** How long the answer to a page may take. */
const pageMs = 10_000;

type Answer = { readonly revision: bigint; readonly ranges: readonly IRangeResponse[] };

/** Everything that the selectors hold, in pages at one revision; begun anew when that is compacted meanwhile. */
export async function list(etcd: Etcd3, keyspace: Keyspace, selectors: readonly Selector[]): Promise<Listing> {
  return beginAgainIfCompacted(() => listOnce(etcd, keyspace, selectors));
}

async function listOnce(etcd: Etcd3, keyspace: Keyspace, selectors: readonly Selector[]): Promise<Listing> {
  let revision: bigint | undefined;
  const read = async (ranges: readonly KeyRange[]) => {
    const answer = await readRanges(
      etcd,
      ranges.map((range) => pageOf(range, revision)),
      within(pageMs),
    );
    revision ??= answer.revision;
    return answer.ranges;
  };
  const pages: IRangeResponse[] = [];
  for (const chunk of chunks(selectors.map((selector) => keyspace.range(selector)))) {
    const firsts = await read(chunk);
    for (const [at, range] of chunk.entries()) {
      const first = firsts[at];
      if (first !== undefined) pages.push(first, ...(await pagesAfter(first, range, read)));
    }
  }
  return { revision: revision ?? 0n, stored: pages.flatMap(({ kvs }) => kvs.map(keyspace.stored)) };
}

type ReadPages = (ranges: readonly KeyRange[]) => Promise<readonly IRangeResponse[]>;

async function pagesAfter(first: IRangeResponse, range: KeyRange, read: ReadPages) {
  const pages: IRangeResponse[] = [];
  let page: IRangeResponse | undefined = first;
  while (page?.more === true) {
    const last: Buffer | undefined = page.kvs.at(-1)?.key;
    [page] = last === undefined ? [] : await read([{ ...range, key: after(last) }]);
    if (page !== undefined) pages.push(page);
  }
  return pages;
}

function pageOf(range: KeyRange, revision: bigint | undefined): IRangeRequest {
  return { ...range, limit: pageLimit, ...(revision === undefined ? {} : { revision: revision.toString() }) };
}

/** The first key that can come after one. */
function after(key: Buffer): Buffer {
  return Buffer.concat([key, Buffer.from([0])]);
}

/** How many keys each span holds, and which of them were written after a revision. */
export async function survey(
  etcd: Etcd3,
  keyspace: Keyspace,
  { spans, since, revision }: SurveyedAt & { readonly spans: readonly KeySpan[] },
): Promise<Survey> {
  const asked = { keys_only: true, min_mod_revision: (since + 1n).toString(), revision: revision?.toString() ?? "0" };
  const ranges = spans.map(({ from, to }) => ({ key: keyspace.key(from), range_end: keyspace.key(to), ...asked }));
  const answer = await readRanges(etcd, ranges, within(pageMs));
  const surveyed = answer.ranges.map(({ count, kvs }) => {
    return { count: Number(count), written: kvs.map(keyspace.stored) };
  });
  return { revision: revision ?? answer.revision, spans: surveyed };
}

/** Some keys below a prefix, in order. */
export async function page(
  etcd: Etcd3,
  keyspace: Keyspace,
  { prefix, after: last, revision, limit }: PageStart & { readonly prefix: string },
): Promise<Listing> {
  const range = keyspace.range({ prefix });
  const key = last === undefined ? range.key : after(keyspace.key(last));
  const at = revision === undefined ? {} : { revision: revision.toString() };
  const answer = await readRanges(etcd, [{ ...range, key, limit: String(limit), ...at }], within(pageMs));
  return { revision: revision ?? answer.revision, stored: storedOf(keyspace, [answer]) };
}

/** The named keys, linearizable or as they were at a revision, 100 a transaction; the revision is the first transaction's. */
export async function get(
  etcd: Etcd3,
  keyspace: Keyspace,
  { keys, revision }: { readonly keys: readonly string[]; readonly revision?: bigint | undefined },
): Promise<Listing> {
  const at = revision === undefined ? {} : { revision: revision.toString() };
  const answers: Answer[] = [];
  for (const chunk of chunks(keys)) {
    const ranges = chunk.map((key) => ({ ...keyspace.range({ key }), ...at }));
    answers.push(await readRanges(etcd, ranges));
  }
  return { revision: revision ?? answers[0]?.revision ?? 0n, stored: storedOf(keyspace, answers) };
}

const isCompacted = /required revision has been compacted/;

/** A revision that etcd has not come to: what was seen of it cannot be of its history. */
const isInFuture = /required revision is a future revision/;

/** Whether etcd's history has a write; undefined: it no longer goes back that far. */
export async function wasWritten(etcd: Etcd3, keyspace: Keyspace, seen: SeenWrite): Promise<boolean | undefined> {
  const range = { ...keyspace.range({ key: seen.key }), keys_only: true };
  const isThere = async (asked: IRangeRequest) => {
    const [stored] = storedOf(keyspace, [await readRanges(etcd, [asked])]);
    // Of another history the same key at the same revision is under another lease: their ids are random.
    return stored?.modRevision === seen.modRevision && (seen.lease === undefined || stored.lease === seen.lease);
  };
  try {
    return await isThere({ ...range, revision: seen.modRevision.toString() });
  } catch (error) {
    // What has not changed since is there, however far the history goes back.
    if (error instanceof CompactedRevision) return (await isThere(range)) || undefined;
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
  const answer = withOurErrors(etcd.kv.txn({ success }, options));
  const { header, responses } = await answer.catch((error: unknown) => {
    if (error instanceof Error && isCompacted.test(error.message)) throw new CompactedRevision(error.message);
    throw error;
  });
  return { revision: BigInt(header.revision), ranges: responses.map((response) => response.response_range) };
}

function storedOf(keyspace: Keyspace, answers: readonly Answer[]): Listing["stored"] {
  return answers.flatMap(({ ranges }) => ranges.flatMap((range) => range.kvs.map(keyspace.stored)));
}

function chunks<T>(items: readonly T[]): readonly (readonly T[])[] {
  const starts = Array.from({ length: Math.ceil(items.length / mostOperations) }, (_, at) => at * mostOperations);
  return starts.map((start) => items.slice(start, start + mostOperations));
}
