/**
 * Plain data as JSON, part by part: an object gives the parts of its values, an array its elements one by one, each
 * whole. Joined they are what `JSON.stringify` gives. Parts are made when they are asked for.
 */
export function* jsonParts(data: unknown): Generator<string> {
  if (Array.isArray(data)) yield* listParts(data);
  else if (typeof data === "object" && data !== null) yield* objectParts(data);
  else yield JSON.stringify(data);
}

function* listParts(list: readonly unknown[]): Generator<string> {
  yield "[";
  for (const [index, element] of list.entries()) yield (index === 0 ? "" : ",") + (JSON.stringify(element) ?? "null");
  yield "]";
}

function* objectParts(object: object): Generator<string> {
  let separator = "{";
  for (const [key, value] of Object.entries(object)) {
    if (value === undefined) continue;
    yield `${separator}${JSON.stringify(key)}:`;
    yield* jsonParts(value);
    separator = ",";
  }
  yield separator === "{" ? "{}" : "}";
}
