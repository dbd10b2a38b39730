import { mostNames } from "../bounds.ts";
import type { Rejection } from "../rejection.ts";
import { shown } from "../text.ts";
import { refuseLabel } from "./label-rejection.ts";

/** The name that stands for every one which no other name on a port fits. */
export const everyName = "*";

const longestServerName = 253;
const label = "[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?";
const pattern = new RegExp(`^(\\*\\.)?${label}(\\.${label})*$`);

/**
 * True for a name by which clients may ask for a service (TLS SNI): a DNS name in small letters, `*.` and a DNS name for
 * any one label before that, or {@link everyName}.
 */
export function isServerName(text: string): boolean {
  return text === everyName || (text.length <= longestServerName && pattern.test(text));
}

/** The wildcard that a name is within: of `db.example.com` it is `*.example.com`; undefined: none but `*`. */
export function wildcardOf(name: string): string | undefined {
  const dot = name.indexOf(".");
  return dot < 0 || name.startsWith("*") ? undefined : `*${name.slice(dot)}`;
}

/** True for a name that a pattern has: itself, or for `*.example.com` all below `example.com`; `*` has every name. */
export function hasName(having: string, name: string): boolean {
  return having === everyName || having === name || (having.startsWith("*.") && name.endsWith(having.slice(1)));
}

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
