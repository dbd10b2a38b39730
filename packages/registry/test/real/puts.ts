import type { RegistryClient } from "@fairway/registry";

/** Writes records without a lease, in one transaction. */
export async function put(client: RegistryClient, records: Readonly<Record<string, string>>): Promise<void> {
  await client.transact(
    [],
    Object.entries(records).map(([key, value]) => ({ type: "put", key, value })),
  );
}

/** Deletes keys, in one transaction. */
export async function remove(client: RegistryClient, keys: readonly string[]): Promise<void> {
  await client.transact(
    [],
    keys.map((key) => ({ type: "delete", key })),
  );
}
