/** Things of listeners, together with the others of the same one; in their order. */
export function byListener<T extends { readonly listener: number }>(
  all: Iterable<T>,
): ReadonlyMap<number, readonly T[]> {
  const groups = new Map<number, T[]>();
  for (const each of all) {
    const group = groups.get(each.listener);
    if (group) group.push(each);
    else groups.set(each.listener, [each]);
  }
  return groups;
}
