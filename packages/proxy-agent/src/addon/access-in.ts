import type { Handout } from "@fairway/contract";
import type { RegistryAccess } from "@fairway/registry";

/** The way to the registry that a handout tells. */
export function accessIn({ registry }: Handout): RegistryAccess {
  const { username, password, ca, cert, key, ...rest } = registry;
  return {
    ...rest,
    username: username ?? undefined,
    password: password ?? undefined,
    ca: ca ?? undefined,
    cert: cert ?? undefined,
    key: key ?? undefined,
  };
}
