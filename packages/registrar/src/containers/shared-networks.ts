/** Which containers use the network of which others (`network_mode: container:X`). */
export class SharedNetworks {
  readonly #networkOwnerOf = new Map<string, string>();

  /** Notes whose network a container uses; undefined: its own. */
  set(id: string, networkOwner: string | undefined): void {
    if (networkOwner === undefined) this.#networkOwnerOf.delete(id);
    else this.#networkOwnerOf.set(id, networkOwner);
  }

  /** Every container that uses the network of this one, directly or through others. */
  joinersOf(id: string): readonly string[] {
    const found = new Set([id]);
    for (const each of found) {
      for (const [joiner, networkOwner] of this.#networkOwnerOf) if (networkOwner === each) found.add(joiner);
    }
    found.delete(id);
    return [...found];
  }
}
