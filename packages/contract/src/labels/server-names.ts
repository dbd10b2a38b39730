import { mostNames } from "../bounds.ts";
import type { Rejection } from "../rejection.ts";
import { shown } from "../text.ts";
import { isServerName } from "../server-name.ts";
import { refuseLabel } from "./label-rejection.ts";

/** The names in a label, and what of it is refused. */
export type NamesReading = { readonly names: readonly string[]; readonly rejections: readonly Rejection[] };

/** Reads a comma list of names, in any case; each once, sorted. A bad item is refused and the others stay. */
export function readServerNames(written: string, text: string): NamesReading {
  const items = text.split(",").map((item) => item.trim().toLowerCase());
  const asked = [...new Set(items.filter((item) => item !== ""))];
  const names = asked.filter(isServerName).slice(0, mostNames);
  const bad = asked.filter((item) => !isServerName(item)).slice(0, mostNames);
  return {
    names: names.toSorted(),
    rejections: [...bad.map((item) => refuseName(written, item)), ...refuseTooMany(written, asked.length)],
  };
}

function refuseName(written: string, item: string): Rejection {
  const reason = `${shown(item)} is not a name such as db1.example.com or *.example.com; "*" alone stands for every other one`;
  return refuseLabel({ code: "name-not-valid", label: written, value: item, reason });
}

function refuseTooMany(written: string, count: number): readonly Rejection[] {
  if (count <= mostNames) return [];
  const reason = `${count} names are too many: the first ${mostNames} count`;
  return [refuseLabel({ code: "too-many-names", label: written, value: String(count), reason })];
}
