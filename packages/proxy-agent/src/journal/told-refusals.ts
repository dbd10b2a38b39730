import { cutSentence, escapeChar, replaceActing, type Whose } from "@fairway/contract";
import type { EndpointRejection } from "../desired/desired.ts";
import { whoseIs } from "./kept-record.ts";

/** Something that a proxy does not serve as asked: told once when it begins, and once when it ends. */
export type ToldRefusal = Pick<EndpointRejection, "code" | "key"> & { readonly text: string };

/** What began and what ended to be refused. */
export type RefusalChange = ToldRefusal & { readonly is: "refused" | "admitted"; readonly whose: Whose };

/** Refusals by what they are, each once. */
export type ToldRefusals = ReadonlyMap<string, ToldRefusal>;

/** A proxy's rejections as a journal tells them. */
export function refusalsOf(rejections: readonly EndpointRejection[]): ToldRefusals {
  return new Map(
    rejections.map(({ code, key, reason }) => {
      const refusal = { code, key, text: cutSentence(replaceActing(reason, escapeChar)) };
      return [refusalId(refusal), refusal];
    }),
  );
}

/** Tells refusals apart. */
export function refusalId({ code, key, text }: ToldRefusal): string {
  return `${code}\n${key}\n${text}`;
}

/** What differs: what ended comes first. `nameOf`: the name of the container of an endpoint's key, safe to show. */
export function refusalChanges(
  before: ToldRefusals,
  after: ToldRefusals,
  nameOf: (key: string) => string | null,
): readonly RefusalChange[] {
  const told = (is: RefusalChange["is"], refusal: ToldRefusal) => ({
    ...refusal,
    is,
    whose: { ...whoseIs(refusal.key), containerName: nameOf(refusal.key) },
  });
  const ended = [...before].filter(([id]) => !after.has(id)).map(([, each]) => told("admitted", each));
  const begun = [...after].filter(([id]) => !before.has(id)).map(([, each]) => told("refused", each));
  return [...ended, ...begun];
}
