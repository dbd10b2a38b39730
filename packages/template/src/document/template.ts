import { shown } from "@fairway/contract";
import {
  Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  LineCounter,
  Pair,
  parseAllDocuments,
  Scalar,
  visit,
  YAMLMap,
  type YAMLError,
} from "yaml";
import type { Position, Remark } from "./remark.ts";
import { keyText } from "./merges.ts";
import { Service } from "./service.ts";

const options = { merge: true, prettyErrors: false } as const;

/** Of a file with services below `services`, what else may stand beside it. */
const sections: ReadonlySet<string> = new Set([
  "version",
  "name",
  "services",
  "networks",
  "volumes",
  "configs",
  "secrets",
  "include",
]);

/** What a service said. */
export type Taken = { readonly service: Service; readonly value: unknown; readonly at: Position };

/** A template, read with its comments and its order: what it says, and how it is changed. */
export class Template {
  readonly #document: Document;
  readonly #lines: LineCounter;
  readonly #remarks: Remark[];

  /** Parses a template; what keeps it from being one is among the remarks. */
  constructor(text: string) {
    this.#lines = new LineCounter();
    const documents = parseAllDocuments(text, { ...options, lineCounter: this.#lines });
    const [document, second] = Array.isArray(documents) ? documents : [];
    this.#document = (document as Document | undefined) ?? new Document();
    this.#remarks = this.#document.errors.map((error) => this.#problemOf(error, text));
    if (second !== undefined) this.refuse(this.#position(second.range[0]), "one template a file: this is a second one");
    this.#refuseBadAliases();
    if (this.#remarks.length === 0) this.#expectServices();
  }

  get remarks(): readonly Remark[] {
    return this.#remarks;
  }

  get hasProblems(): boolean {
    return this.#remarks.some(({ kind }) => kind === "problem");
  }

  /** The services, in their order. Empty when the template has problems of form. */
  services(): readonly Service[] {
    const position = (offset: number | undefined) => this.#position(offset);
    return this.#servicePairs().flatMap((pair) => {
      if (!isMap(pair.value)) return [];
      return [new Service(keyText(pair), { map: pair.value, document: this.#document, position })];
    });
  }

  /** The values of a key in all services, which is taken out of each. */
  take(key: string): readonly Taken[] {
    const services = this.services();
    const taken = services.flatMap((service) => {
      const value = service.get(key);
      return value === undefined ? [] : [{ service, value, at: service.at(key) }];
    });
    // Afterwards: what is merged into several services stands once.
    for (const service of services) service.delete(key);
    return taken;
  }

  /** Puts the services of the form without `services` below that key, and what is no service beside it. */
  nestServices(): void {
    const root = this.#root();
    if (root === undefined || root.has("services")) return;
    const services = new YAMLMap();
    services.items = root.items.filter((pair) => !isSection(pair));
    const others = root.items.filter(isSection);
    const blocks = others.filter((pair) => keyText(pair).startsWith("x-"));
    const key = new Scalar("services");
    root.items = [...blocks, new Pair(key, services), ...others.filter((pair) => !blocks.includes(pair))];
    const first = services.items[0]?.key;
    if (!isScalar(first)) return;
    key.spaceBefore = blocks.length > 0;
    first.spaceBefore = false;
  }

  /** The names below a section of the file, such as `volumes`. */
  names(section: string): readonly string[] {
    const map = this.#root()?.get(section);
    return isMap(map) ? map.items.map(keyText) : [];
  }

  /** The value of a key of the file itself; undefined when it has none. */
  get(key: string): unknown {
    const value = this.#root()?.get(key, true);
    return isScalar(value) ? value.value : value;
  }

  /** The value of a key of the file itself as plain JavaScript; undefined when it has none. */
  plain(key: string): unknown {
    const value = this.#root()?.get(key, true);
    return isNode(value) ? (value.toJS(this.#document) as unknown) : value;
  }

  /** Gives a key of the file itself a value; it comes first unless it stands somewhere. */
  setFirst(key: string, value: unknown): void {
    const root = this.#root();
    if (root?.has(key)) root.set(key, value);
    else root?.items.unshift(this.#document.createPair(key, value));
  }

  /** Takes a key of the file itself away; the comment above it stays above what follows. */
  drop(key: string): void {
    const items = this.#root()?.items ?? [];
    const at = items.findIndex((pair) => keyText(pair) === key);
    if (at === -1) return;
    const [left, next] = [items[at], items[at + 1]].map((pair) => pair?.key);
    items.splice(at, 1);
    if (!isScalar(left) || !isScalar(next)) return;
    const comments = [left.commentBefore, next.commentBefore].filter((each) => each !== undefined && each !== null);
    if (comments.length > 0) next.commentBefore = comments.join("\n");
    next.spaceBefore = left.spaceBefore === true || (at > 0 && next.spaceBefore === true);
  }

  /** Gives a name below a section of the file a value, unless it has one. */
  declare(section: string, name: string, value: unknown): void {
    if (!this.names(section).includes(name)) this.#document.setIn([section, name], this.#document.createNode(value));
  }

  note(at: Position, text: string): void {
    this.#remarks.push({ at, kind: "note", text });
  }

  refuse(at: Position, text: string): void {
    this.#remarks.push({ at, kind: "problem", text });
  }

  toString(): string {
    return this.#document.toString({ lineWidth: 0, flowCollectionPadding: false });
  }

  #root(): YAMLMap | undefined {
    return isMap(this.#document.contents) ? this.#document.contents : undefined;
  }

  #servicePairs(): readonly Pair[] {
    const root = this.#root();
    const below = root?.get("services");
    if (isMap(below)) return below.items;
    return root?.items.filter((pair) => !isSection(pair)) ?? [];
  }

  #expectServices(): void {
    const pairs = this.#servicePairs();
    if (pairs.length === 0) this.refuse(this.#position(0), "there is no service here: a map of services is expected");
    for (const pair of pairs) {
      // What is the same as another one is its own from here on: each is changed by itself.
      if (isAlias(pair.value)) pair.value = this.#mergedFrom(pair.value);
      if (isMap(pair.value)) continue;
      const at = this.#position((pair.key as Scalar | undefined)?.range?.[0]);
      this.refuse(at, `${shown(keyText(pair))} is no service: a map with an image is expected`);
    }
  }

  #refuseBadAliases(): void {
    visit(this.#document, {
      Alias: (_, alias, path) => {
        const [at, name] = [this.#position(alias.range?.[0]), shown(alias.source)];
        const node = alias.resolve(this.#document);
        if (node === undefined) this.refuse(at, `*${name} stands for nothing: no &${name} is above it`);
        else if (path.includes(node)) this.refuse(at, `*${name} stands for what it is part of`);
      },
    });
  }

  #mergedFrom(alias: unknown): YAMLMap {
    const map = new YAMLMap();
    map.items = [new Pair(new Scalar("<<"), alias)];
    return map;
  }

  #problemOf(error: YAMLError, text: string): Remark {
    const [from, to] = error.pos;
    const isTwice = error.code === "DUPLICATE_KEY";
    const said = isTwice
      ? `${shown(text.slice(from, to).trim() || "a key")} stands twice`
      : (error.message.split("\n")[0] ?? "");
    return { at: this.#position(from), kind: "problem", text: shown(said) };
  }

  #position(offset = 0): Position {
    const { line, col } = this.#lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  }
}

/** Of the form without `services`: a service may be called as a section is. */
function isSection(pair: Pair): boolean {
  const isService = isMap(pair.value) && (isText(pair.value.get("image")) || isText(pair.value.get("build")));
  return keyText(pair).startsWith("x-") || (sections.has(keyText(pair)) && !isService);
}

function isText(value: unknown): boolean {
  return typeof value === "string";
}
