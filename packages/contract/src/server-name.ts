/** The name that stands for every one which no other name on a port fits. */
export const everyName = "*";

const longestServerName = 253;
const label = "[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?";
const pattern = new RegExp(`^(\\*\\.)?${label}(\\.${label})*$`);

/**
 * True for a name by which clients may ask for a service (TLS SNI): a DNS name in small letters, `*.` and a DNS name for
 * any one label before that, or {@link everyName}.
 */
export function isServerName(text: string): boolean {
  return text === everyName || (text.length <= longestServerName && pattern.test(text));
}

/** The wildcard that a name is within: of `db.example.com` it is `*.example.com`; undefined: none but `*`. */
export function wildcardOf(name: string): string | undefined {
  const dot = name.indexOf(".");
  return dot < 0 || name.startsWith("*") ? undefined : `*${name.slice(dot)}`;
}

/** True for a name that a pattern has: itself, or for `*.example.com` all below `example.com`; `*` has every name. */
export function hasName(having: string, name: string): boolean {
  return having === everyName || having === name || (having.startsWith("*.") && name.endsWith(having.slice(1)));
}
