import { wait } from "@fairway/loop";
import { differenceOf, isSame } from "./difference.ts";
import type { HeldKeys, HeldPage } from "./held-keys.ts";
import type { RegistryClient, SurveyedSpan } from "./registry-client.ts";
import type { Change } from "./stored.ts";

/** How many keys a page of what is held has: etcd reads the records of so many at once. */
export const pageKeys = 200;

/** etcd takes 128 operations a transaction; some room is left. */
const mostSpans = 100;

/** How long a watch may lag behind a comparison before what differs counts. */
const lagMs = 1000;

type Reader = Pick<RegistryClient, "survey" | "get">;

/** One moment of the registry, page by page. */
type Picture = { readonly revision: bigint; readonly pages: readonly (readonly [HeldPage, SurveyedSpan])[] };

/** What makes what is held the whole truth at a revision; `went-back`: the registry is in an earlier state than was seen. */
export type Comparison =
  | { readonly type: "compared"; readonly revision: bigint; readonly changes: readonly Change[] }
  | { readonly type: "went-back" };

/**
 * The revision at which what is held was found to be all that the registry has, while a watch goes on changing it;
 * undefined: it is not.
 */
export async function proveSame(client: Reader, held: HeldKeys, signal: AbortSignal): Promise<bigint | undefined> {
  const since = held.comparedAt ?? 0n;
  try {
    const { revision, pages } = await takePicture(client, held.beginComparison(), since);
    const isProven = () => pages.every(([page, surveyed]) => isSame(held.heldAt(page, revision), since, surveyed));
    if (isProven()) return revision;
    await wait(lagMs, signal);
    return isProven() ? revision : undefined;
  } finally {
    held.endComparison();
  }
}

/**
 * Finds what differs from the registry, while nothing changes what is held. `isOurs`: its history is known to be the one
 * that was seen; else every key is compared.
 */
export async function compare(client: Reader, held: HeldKeys, isOurs: boolean): Promise<Comparison> {
  const { comparedAt = 0n } = held;
  const since = isOurs ? comparedAt : 0n;
  const { revision, pages } = await takePicture(client, held.beginComparison(), since);
  held.endComparison();
  if (revision < comparedAt) return { type: "went-back" };
  const changes: Change[] = [];
  for (const [page, surveyed] of pages) {
    if (isSame(page.keys, since, surveyed)) continue;
    const found = await changesOf(client, page, { revision, surveyed: since === 0n ? surveyed : undefined });
    if (found === undefined) return { type: "went-back" };
    changes.push(...found);
  }
  return { type: "compared", revision, changes };
}

async function takePicture(client: Reader, pages: readonly HeldPage[], since: bigint): Promise<Picture> {
  let revision: bigint | undefined;
  const seen: (readonly [HeldPage, SurveyedSpan])[] = [];
  for (const batch of batches(pages)) {
    const survey = await client.survey(batch, { since, revision });
    revision ??= survey.revision;
    seen.push(...survey.spans.flatMap((span, at) => (batch[at] ? [[batch[at], span] as const] : [])));
  }
  return { revision: revision ?? 0n, pages: seen };
}

type Found = { readonly revision: bigint; readonly surveyed: SurveyedSpan | undefined };

/** Undefined: the registry went back. */
async function changesOf(
  client: Reader,
  page: HeldPage,
  { revision, surveyed }: Found,
): Promise<readonly Change[] | undefined> {
  const all = surveyed ?? (await client.survey([page], { since: 0n, revision })).spans[0];
  const { changed, gone, hasGoneBack } = differenceOf(page.keys, all?.written ?? []);
  if (hasGoneBack) return undefined;
  const { stored } = await client.get(changed, revision);
  return [
    ...gone.map((key) => ({ type: "delete", key, modRevision: revision }) as const),
    ...stored.map((each) => ({ type: "put", stored: each }) as const),
  ];
}

/** Pages that are asked for at once: small ones together. */
export function batches(pages: readonly HeldPage[]): readonly (readonly HeldPage[])[] {
  const all: HeldPage[][] = [];
  let size = Infinity;
  for (const page of pages) {
    const batch = all.at(-1);
    size += page.keys.size;
    if (batch !== undefined && size <= pageKeys && batch.length < mostSpans) batch.push(page);
    else {
      all.push([page]);
      size = page.keys.size;
    }
  }
  return all;
}
