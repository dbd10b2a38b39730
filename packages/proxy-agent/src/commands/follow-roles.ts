import type { Log } from "@fairway/program";
import { LostRoles } from "../reconcile/lost-roles.ts";
import type { Reconciler } from "../reconcile/reconciler.ts";
import { CheckSecrets } from "../roles/check-secrets.ts";
import { ServerRoles } from "../roles/server-roles.ts";
import type { Proxy } from "./open-proxy.ts";

/** What roles of servers are found by. */
export type RolesOptions = {
  /** CHECK_SECRETS. */
  readonly settings: { readonly checkSecrets?: string | undefined };
  readonly proxy: Pick<Proxy, "haproxy" | "files" | "adopted">;
  readonly log: Log;
  readonly signal: AbortSignal;
};

/** Roles that HAProxy does not find by itself, and passwords of checks. */
export type Roles = { readonly found: ServerRoles; readonly secrets: CheckSecrets };

/** Before HAProxy starts. */
export async function openRoles({ settings, proxy, log, signal }: RolesOptions): Promise<Roles> {
  const secrets = new CheckSecrets({ folder: settings.checkSecrets, log, signal });
  const { haproxy, files, adopted } = proxy;
  const found = new ServerRoles({ haproxy, paths: files.paths, secrets, log, signal });
  await found.open(adopted !== undefined);
  return { found, secrets };
}

/** Has all that is about roles follow what is applied. `notes`: what is wrong, as sentences. */
export function followRoles(
  { proxy: { haproxy }, log, signal }: Omit<RolesOptions, "settings">,
  { found, secrets }: Roles,
  reconciler: Pick<Reconciler, "on">,
) {
  const lostRoles = new LostRoles({ haproxy, log, signal });
  reconciler.on("wanted", ({ desired }) => found.follow(desired));
  reconciler.on("applied", (outcome, { desired }) => {
    lostRoles.follow(desired);
    if (outcome.ok && (outcome.how === "reload" || outcome.how === "start")) found.onLoaded();
  });
  return { lostRoles, notes: () => [...lostRoles.notes, ...found.notes, ...secrets.notes] };
}
