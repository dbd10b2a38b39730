import { type Document, isAlias, isMap, isNode, isScalar, isSeq, type Pair, visit, type YAMLMap } from "yaml";

/** A key and its value in a map of YAML, and the map that they stand in. */
export type Entry = { readonly map: YAMLMap; readonly pair: Pair };

/** The own entries of a map, then those of the maps that are merged into it: the first of a key counts. */
export function entriesOf(document: Document, map: YAMLMap): readonly Entry[] {
  const own = map.items.filter((pair) => !isMerge(pair)).map((pair) => ({ map, pair }));
  return [...own, ...sourcesOf(document, map).flatMap((source) => entriesOf(document, source))];
}

/** Before a map is changed: what it is merged into gets entries of its own, and says the same afterwards. */
export function keepMerged(document: Document, changed: YAMLMap): void {
  const heirs: YAMLMap[] = [];
  visit(document, {
    Map: (_, map) => void (sourcesOf(document, map).includes(changed) && heirs.push(map)),
  });
  for (const heir of heirs) {
    const first = new Map(
      entriesOf(document, heir)
        .toReversed()
        .map(({ pair }) => [keyText(pair), pair]),
    );
    const own = heir.items.filter((pair) => !isMerge(pair));
    const merged = [...first.values()].filter((pair) => !own.includes(pair)).toReversed();
    heir.items = [...merged.map((pair) => copyOf(document, pair)), ...own];
  }
}

/** A pair without the anchors in it, which stand once. */
function copyOf(document: Document, pair: Pair): Pair {
  const copy = pair.clone(document.schema);
  for (const node of [copy.key, copy.value]) {
    if (isNode(node)) visit(node, { Node: (_, each) => void ("anchor" in each && delete each.anchor) });
  }
  return copy;
}

export function keyText({ key }: Pair): string {
  const value = isScalar(key) ? key.value : key;
  return typeof value === "symbol" ? (value.description ?? "") : String(value);
}

function sourcesOf(document: Document, map: YAMLMap): readonly YAMLMap[] {
  const merged = map.items.filter(isMerge).flatMap(({ value }) => (isSeq(value) ? value.items : [value]));
  return merged.map((source) => (isAlias(source) ? source.resolve(document) : source)).filter((each) => isMap(each));
}

function isMerge(pair: Pair): boolean {
  return keyText(pair) === "<<";
}
