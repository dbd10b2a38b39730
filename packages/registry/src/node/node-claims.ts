import { byText, type ClaimRecord, encode } from "@fairway/contract";
import { type Asked, readAsked } from "../claims/asked.ts";
import type { Operation } from "../registry-client.ts";
import { ClaimBudget } from "./claim-budget.ts";

/** What was read of a node's claims: those that stand without a lease, or why the registry does not tell. */
export type ClaimsRead =
  | { readonly isKnown: true; readonly standing: readonly string[] }
  | { readonly isKnown: false; readonly reason: string };

/** The claims of a node's endpoints, and which of them the registry has. */
export class NodeClaims {
  readonly #node: string;
  /** By endpoint. The labels of a container never change, so it asks for the same as long as it stands. */
  readonly #asked = new Map<string, Asked>();
  /** Claims that stand without a lease. One is forgotten with an endpoint that asked for it: it may end from then on. */
  readonly #standing = new Set<string>();
  readonly #budget = new ClaimBudget();
  /** Endpoints whose claims wait until the node may put new ones. */
  readonly #postponed = new Set<string>();
  #refusal: string | undefined;

  constructor(node: string) {
    this.#node = node;
  }

  /** Why the registry does not take them; undefined: it does. */
  get refusal(): string | undefined {
    return this.#refusal;
  }

  /** Takes in what is wanted of an endpoint. */
  onWanted(key: string, value: string | undefined): void {
    if (value === undefined) {
      for (const claim of this.#asked.get(key)?.claims ?? []) this.#standing.delete(claim);
      this.#asked.delete(key);
      this.#postponed.delete(key);
    } else if (!this.#asked.has(key)) {
      const asked = readAsked({ key, value });
      if (asked !== undefined && asked.claims.length > 0) this.#asked.set(key, asked);
    }
  }

  /** Every claim that is asked for. */
  keys(): readonly string[] {
    return [...new Set([...this.#asked.values()].flatMap(({ claims }) => claims))];
  }

  /** Takes in what the registry has of them. */
  adopt(read: ClaimsRead): void {
    this.#standing.clear();
    this.#refusal = read.isKnown ? undefined : read.reason;
    if (read.isKnown) for (const claim of read.standing) this.#standing.add(claim);
  }

  /** Notes that the registry does not take claims; until it is asked again none is put. */
  refuse(reason: string): void {
    this.#refusal = reason;
  }

  /** Notes that a claim was put. */
  onPut(claim: string): void {
    this.#standing.add(claim);
    this.#budget.spend();
  }

  /** How many endpoints have claims that wait until the node may put new ones. */
  get postponed(): number {
    return this.#postponed.size;
  }

  /** In how many milliseconds the node may put some of them; 0: none waits. */
  get postponedMs(): number {
    return this.#postponed.size === 0 ? 0 : this.#budget.waitMs();
  }

  /** Takes the endpoints whose claims may be put now. */
  takePostponed(): readonly string[] {
    if (this.#budget.waitMs() > 0) return [];
    const keys = [...this.#postponed];
    this.#postponed.clear();
    return keys;
  }

  /** Orders endpoints: first those that need claims, of these the one of the oldest container. */
  readonly inOrder = (a: string, b: string): number => byText(this.#ageOf(a), this.#ageOf(b)) || byText(a, b);

  /** True while claims of an endpoint are missing that may be put now. */
  areDue(key: string): boolean {
    return this.#areMissing(key) && this.#mayPut(key);
  }

  /** Keeps an endpoint whose missing claims may not be put now, until the node may put new ones. */
  postpone(key: string): void {
    if (this.#areMissing(key) && !this.#mayPut(key)) this.#postponed.add(key);
  }

  /**
   * Puts of the claims that an endpoint needs, as many as the node may put besides those `spent`: each is created, or kept
   * if it was about to end.
   */
  puts(key: string, nowMs: number, spent: number): readonly ClaimPut[] {
    if (!this.areDue(key)) return [];
    const asked = this.#asked.get(key)?.claims ?? [];
    const left = this.#budget.leftFor(asked.length, spent);
    const missing = asked.filter((claim) => !this.#standing.has(claim)).slice(0, left);
    const record: ClaimRecord = { v: 1, claimedAt: new Date(nowMs).toISOString(), by: this.#node };
    return missing.map((claim) => ({ type: "create", key: claim, value: encode(record) }));
  }

  #areMissing(key: string): boolean {
    const asked = this.#asked.get(key)?.claims ?? [];
    return this.#refusal === undefined && asked.some((claim) => !this.#standing.has(claim));
  }

  #mayPut(key: string): boolean {
    return this.#budget.leftFor(this.#asked.get(key)?.claims.length ?? 0) > 0;
  }

  #ageOf(key: string): string {
    return this.areDue(key) ? (this.#asked.get(key)?.createdAt ?? "") : "~";
  }
}

/** The write that puts a claim. */
export type ClaimPut = Operation & { readonly type: "create" };
