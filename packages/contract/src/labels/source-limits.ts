import { type LabelOutcome, refuseLabel } from "./label-rejection.ts";
import type { JudgedText } from "./server-words.ts";

/** Labels that say how many connections a listener takes from one source. */
export const limitSettingNames = ["RATE", "CONNECTIONS"] as const;

export type LimitSettingName = (typeof limitSettingNames)[number];

/** A limit as a label says it. */
export type LimitReading = {
  readonly most: number;
  /** In which time so many may come; undefined: so many at once. */
  readonly per: "1s" | "1m" | undefined;
};

const grammars: Readonly<Record<LimitSettingName, { readonly text: RegExp; readonly words: string }>> = {
  RATE: {
    text: /^([1-9][0-9]{0,6}) ?\/ ?([sm])( per source)?$/,
    words: "a number from 1 to 1000000 and a time, /s or /m, such as 20/s per source",
  },
  CONNECTIONS: {
    text: /^([1-9][0-9]{0,6})()( per source)?$/,
    words: "a number from 1 to 1000000, such as 10 per source",
  },
};

const most = 1_000_000;

/** Reads RATE or CONNECTIONS; `per source` may be left out. */
export function readLimit(name: LimitSettingName, label: string, { text }: Pick<JudgedText, "text">): LabelOutcome {
  const limit = limitOf(name, text);
  if (limit !== undefined) return { accepted: limitText(limit), rejections: [] };
  const reason = `it has no effect: it is not ${grammars[name].words}`;
  return { accepted: undefined, rejections: [refuseLabel({ code: "not-a-limit", label, value: text, reason })] };
}

/** The limit that a text says, as it stands in a record too; undefined: it is none. */
export function limitOf(name: LimitSettingName, text: string): LimitReading | undefined {
  const words = text.replaceAll(/ +/g, " ").trim().toLowerCase();
  const [, digits = "", unit = ""] = grammars[name].text.exec(words) ?? [];
  if (digits === "" || Number(digits) > most) return undefined;
  return { most: Number(digits), per: unit === "s" ? "1s" : unit === "m" ? "1m" : undefined };
}

/** A limit in the words of its label. */
function limitText({ most: count, per }: LimitReading): string {
  return `${count}${per === undefined ? "" : `/${per.slice(1)}`} per source`;
}
