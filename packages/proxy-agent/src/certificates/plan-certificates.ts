import type { Certificate, CertificateCommand } from "@fairway/haproxy";

/**
 * The changes that bring the certificates that HAProxy holds (SHA-1 by file) to those that are to be served. `changed`
 * are files of which it may hold another text, as SHA-1 says nothing of a chain. Additions come first: at no moment is a
 * name without its certificate.
 */
export function planCertificates(
  held: ReadonlyMap<string, string>,
  served: readonly Certificate[],
  changed: ReadonlySet<string>,
): readonly CertificateCommand[] {
  const files = new Set(served.map(({ file }) => file));
  const missing = served.filter(({ file }) => !held.has(file));
  const others = served.filter(({ file, fingerprint }) => {
    return held.has(file) && (held.get(file) !== fingerprint || changed.has(file));
  });
  const gone = [...held.keys()].filter((file) => !files.has(file));
  return [
    ...missing.map((certificate) => ({ do: "add", certificate }) as const),
    ...others.map((certificate) => ({ do: "replace", certificate }) as const),
    ...gone.map((file) => ({ do: "remove", file }) as const),
  ];
}
