import type { OtherRow } from "../view/rows.ts";
import { finder, inOrder } from "./search.ts";

/** Rows of a table beside that of services, in the order of their names, of those that are searched for. */
export function otherLines<T extends OtherRow>(rows: Iterable<T>, search: string): readonly T[] {
  return [...rows].filter(finder(search)).sort((a, b) => inOrder(nameOf(a), nameOf(b)) || inOrder(a.id, b.id));
}

function nameOf(row: OtherRow): string {
  return "name" in row ? row.name : row.what;
}
