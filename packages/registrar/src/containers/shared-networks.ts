/** Which containers use the network of which others (`network_mode: container:X`). */
export class SharedNetworks {
  readonly #ownerOf = new Map<string, string>();

  /** Notes whose network a container uses; undefined: its own. */
  set(id: string, owner: string | undefined): void {
    if (owner === undefined) this.#ownerOf.delete(id);
    else this.#ownerOf.set(id, owner);
  }

  /** Every container that uses the network of this one, directly or through others. */
  joinersOf(id: string): readonly string[] {
    const found = new Set([id]);
    for (const each of found) {
      for (const [joiner, owner] of this.#ownerOf) if (owner === each) found.add(joiner);
    }
    found.delete(id);
    return [...found];
  }
}
