import { join } from "node:path";
import { certificateSettingNames } from "@fairway/contract";
import type { ListenerCertificate } from "@fairway/haproxy";
import type { SeenEndpoint } from "../registry/seen.ts";

/** What the `bind` lines of TLS listeners say; not `ok`: why there can be none without certificates of labels. */
export type TlsFacts =
  | {
      readonly ok: true;
      readonly bind: readonly string[];
      /** The file of the names that certificates are for: who asks for another one is counted. (nobody is) */
      readonly names?: string;
      readonly labels?: LabelTls;
    }
  | { readonly ok: false; readonly reason: string; readonly labels?: LabelTls };

/** What listeners with certificates of labels are made of; absent: labels have none. */
export type LabelTls = {
  /** Of the crt-lists, see {@link portListFolder}. */
  readonly folder: string;
  /** Words after that list: the certificates of all, and what holds for each listener. */
  readonly words: readonly string[];
  /** False: nobody is counted who asks for a name that there is not. */
  readonly isCounted: boolean;
};

/** The folder of the crt-list of one port. */
export function portListFolder(folder: string, port: number): string {
  return join(folder, `port-${port}`);
}

/** A listener that opens TLS, and the certificates that it has of its own. */
export type TlsListener = { readonly port: number; readonly certificates: readonly ListenerCertificate[] };

/** Words after the address of its `bind` lines. None would be plain: ask {@link opensTls} first. */
export function tlsWords({ port, certificates }: TlsListener, tls: TlsFacts): readonly string[] {
  if (certificates.length > 0 && tls.labels)
    return ["ssl", "crt-list", join(portListFolder(tls.labels.folder, port), "list"), ...tls.labels.words];
  return tls.ok ? tls.bind : [];
}

/** The files of the names that its certificates are for; none: nobody is counted who asks for another. */
export function countedNames({ port, certificates }: TlsListener, tls: TlsFacts): readonly string[] {
  const common = tls.ok && tls.names !== undefined ? [tls.names] : [];
  if (certificates.length === 0 || !tls.labels?.isCounted) return common;
  return [join(portListFolder(tls.labels.folder, port), "names"), ...common];
}

/** True when TLS can be opened to an endpoint: by the proxy's certificates, or its own. */
export function opensTls({ settings = {} }: Pick<SeenEndpoint, "settings">, tls: TlsFacts): boolean {
  return tls.ok || (tls.labels !== undefined && certificateSettingNames.some((name) => Object.hasOwn(settings, name)));
}
