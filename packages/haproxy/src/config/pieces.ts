/** Characters of one piece, about: made and written in less than a millisecond. */
const usualLength = 65_536;

/** Small parts put together to pieces of a size that is worth writing. */
export function* inPieces(parts: Iterable<string>, length = usualLength): Generator<string> {
  let piece = "";
  for (const part of parts) {
    piece += part;
    if (piece.length < length) continue;
    yield piece;
    piece = "";
  }
  if (piece !== "") yield piece;
}

/** Each item made into something when it is asked for, every time anew. */
export function lazily<T, U>(items: readonly T[], make: (item: T) => U): Iterable<U> {
  if (items.length === 0) return [];
  return {
    *[Symbol.iterator]() {
      for (const item of items) yield make(item);
    },
  };
}
