/** How old services are: the create revision of their records, which alone says who is older. */
export class Services {
  readonly #ages: Map<string, bigint>;

  constructor(ages: Iterable<readonly [string, bigint]> = []) {
    this.#ages = new Map(ages);
  }

  /** Undefined when no record of the service is seen. */
  ageOf(id: string): bigint | undefined {
    return this.#ages.get(id);
  }

  /** Sets or, without an age, removes one. True when that changed something. */
  set(id: string, age: bigint | undefined): boolean {
    if (this.#ages.get(id) === age) return false;
    if (age === undefined) this.#ages.delete(id);
    else this.#ages.set(id, age);
    return true;
  }

  ids(): readonly string[] {
    return [...this.#ages.keys()];
  }

  /** As plain data: what the constructor takes. */
  toKnown(): readonly (readonly [string, bigint])[] {
    return [...this.#ages];
  }
}
