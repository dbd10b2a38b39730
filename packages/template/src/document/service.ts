import { type Alias, type Document, isAlias, isMap, isScalar, isSeq, type Node, type YAMLMap } from "yaml";
import { handOver } from "./hand-over.ts";
import { entriesOf, type Entry, keepMerged, keyText } from "./merges.ts";
import type { Position } from "./remark.ts";

/** A service of a template: what it says, merged maps included, and the place where it is changed. */
export class Service {
  readonly name: string;
  readonly #map: YAMLMap;
  readonly #document: Document;
  readonly #position: (offset: number | undefined) => Position;

  constructor(
    name: string,
    facts: {
      readonly map: YAMLMap;
      readonly document: Document;
      readonly position: (offset: number | undefined) => Position;
    },
  ) {
    this.name = name;
    this.#map = facts.map;
    this.#document = facts.document;
    this.#position = facts.position;
  }

  /** The keys that it has, each once. */
  keys(): readonly string[] {
    return [...new Set(entriesOf(this.#document, this.#map).map(({ pair }) => keyText(pair)))];
  }

  /** The value of a key as plain JavaScript; undefined when it has none. */
  get(key: string): unknown {
    const value = this.#node(key);
    return value === undefined ? undefined : (value.toJS(this.#document) as unknown);
  }

  /** Where a key stands, or an item of its list or map; the service itself when it has no such key. */
  at(key?: string, item?: number | string): Position {
    const entry = key === undefined ? undefined : this.#find(key);
    if (entry === undefined) return this.#position(this.#map.range?.[0]);
    const found = offsetOf(itemOf(this.#node(key ?? ""), item)) ?? offsetOf(entry.pair.key);
    return this.#position(found ?? this.#map.range?.[0]);
  }

  /** Gives a key a value; maps that it is merged from keep their own, and so do those that it is merged into. */
  set(key: string, value: unknown): void {
    keepMerged(this.#document, this.#map);
    handOver(this.#document, this.#map.get(key, true));
    this.#map.set(this.#document.createNode(key), this.#document.createNode(value));
  }

  /** Puts plain words into quotes for which a rule holds: the value of a key, or those of its list or map. */
  quote(key: string, isMeant: (word: string) => boolean): void {
    const value = this.#node(key);
    const words = isMap(value) ? entriesOf(this.#document, value).map(({ pair }) => pair.value) : [value];
    for (const word of isSeq(value) ? value.items : words) {
      if (!isScalar(word) || word.type !== "PLAIN" || !isMeant(word.source ?? "")) continue;
      word.value = word.source;
      word.type = "QUOTE_DOUBLE";
    }
  }

  /** Takes a key out of it, and out of the maps that are merged into it. */
  delete(key: string): void {
    for (let found = this.#find(key); found !== undefined; found = this.#find(key)) {
      handOver(this.#document, found.pair.value);
      found.map.items.splice(found.map.items.indexOf(found.pair), 1);
    }
  }

  /** Takes the items out of a list for which a rule holds, and the keys of a map; the key itself when nothing is left. */
  deleteItems(key: string, isOut: (item: string) => boolean): void {
    const value = this.#node(key);
    const staying = <T>(items: readonly T[], textIn: (item: T) => string, valueIn: (item: T) => unknown): T[] => {
      for (const item of items) if (isOut(textIn(item))) handOver(this.#document, valueIn(item));
      return items.filter((item) => !isOut(textIn(item)));
    };
    if (isSeq(value)) value.items = staying(value.items, textOf, (item) => item);
    if (isMap(value)) value.items = staying(value.items, keyText, (pair) => pair.value);
    if ((isSeq(value) || isMap(value)) && value.items.length === 0) this.delete(key);
  }

  /** Adds names and values to a map, or to a list of `name=value`. */
  addItems(key: string, added: readonly (readonly [string, string])[]): void {
    const value = this.get(key);
    const items = added.map(([name, each]) => `${name}=${each}`);
    if (Array.isArray(value)) this.set(key, [...(value as readonly unknown[]), ...items]);
    else this.set(key, { ...(value as object | undefined), ...Object.fromEntries(added) });
  }

  #node(key: string): Node | undefined {
    const value = this.#find(key)?.pair.value as Node | Alias | null | undefined;
    return (isAlias(value) ? value.resolve(this.#document) : value) ?? undefined;
  }

  #find(key: string): Entry | undefined {
    return entriesOf(this.#document, this.#map).find(({ pair }) => keyText(pair) === key);
  }
}

function textOf(item: unknown): string {
  return isScalar(item) ? String(item.value) : "";
}

function itemOf(node: Node | undefined, item: number | string | undefined): unknown {
  if (typeof item === "number" && isSeq(node)) return node.items[item];
  if (typeof item === "string" && isMap(node)) return node.items.find((pair) => keyText(pair) === item)?.key;
  return undefined;
}

function offsetOf(node: unknown): number | undefined {
  return (node as { range?: readonly number[] } | undefined)?.range?.[0];
}
