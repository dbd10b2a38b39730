/** The first versions of etcd without the known ways around its roles (GHSA-rfx7-8w68-q57q, GHSA-x35m-3gp4-4fh5). */
const firstSound: ReadonlyMap<string, number> = new Map([
  ["3.4", 44],
  ["3.5", 30],
  ["3.6", 11],
]);

/** Whether the roles of an etcd of this version hold: else who may read a key can write it through a nested transaction. */
export function areRolesSound(version: string): boolean {
  const [major = 0, minor = 0, patch = 0] = version.split(/[.+-]/).map(Number);
  const first = firstSound.get(`${major}.${minor}`);
  if (first !== undefined) return patch >= first;
  return major > 3 || (major === 3 && minor > 6);
}

/** What an operator of such an etcd is told. */
export function rolesWarning(version: string): string {
  return `etcd ${version} has users, but its roles do not hold: whoever may read a key can write it; use 3.4.44, 3.5.30, 3.6.11 or newer`;
}
