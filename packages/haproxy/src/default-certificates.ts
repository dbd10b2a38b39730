import type { Line, Listener } from "./configuration.ts";
import { ownLine, quotedWord } from "./lines.ts";

/** The stick table that counts, by port, who got the default certificate of a TLS listener for want of another. */
export const defaultCertificatesTable = "fairway_default_certificates";

/** Ports that it has room for. */
const countedPorts = 65_536;

const trackWords = `track-sc1 dst_port table ${defaultCertificatesTable}`;
const countLine = "tcp-request session sc-inc-gpc0(1) if { sc1_tracked }";

/**
 * The lines of a listener that count who gets the default certificate for want of one with the name that was asked for.
 * They go by the names in files, as HAProxy does not tell how it came to a certificate; one with a wildcard is for one
 * label more.
 */
export function countDefaultCertificates(names: readonly string[]): readonly Line[] {
  const files = names.map((file) => `-f ${quotedWord(file)}`).join(" ");
  const isNamed = ["ssl_fc_sni,lower", "ssl_fc_sni,lower,regsub(^[^.]*,*)"].map((name) => `{ ${name} ${files} }`);
  return [ownLine(`tcp-request session ${trackWords} unless ${isNamed.join(" or ")}`), ownLine(countLine)];
}

/** True for a line of {@link countDefaultCertificates}. */
export function countsDefaultCertificates({ text }: Line): boolean {
  return text.startsWith(`tcp-request session ${trackWords} `) || text === countLine;
}

/** The section of the table, wherever a listener may count in it. */
export function defaultCertificatesLines(listeners: readonly Listener[]): readonly Line[] {
  if (!listeners.some(({ ssl, name }) => ssl && name === undefined)) return [];
  return [
    ownLine(`backend ${defaultCertificatesTable}`),
    ownLine(`    stick-table type integer size ${countedPorts} store gpc0`),
  ];
}
