import { commandLine } from "./commands.ts";
import type { SocketCommand } from "./sockets.ts";

/** A certificate as HAProxy loads it: a file of its crt-list. */
export type Certificate = {
  readonly file: string;
  /** Certificate, chain and private key; no empty line. */
  readonly pem: string;
  /** SHA-1 of the certificate, in capitals. */
  readonly fingerprint: string;
};

/** One change of the certificates of a crt-list. The files and the list on disk are the caller's to keep alike. */
export type CertificateCommand =
  | { readonly do: "add" | "replace"; readonly certificate: Certificate }
  | { readonly do: "remove"; readonly file: string };

/** A command and its payload must fit in one buffer of HAProxy's: `tune.bufsize` is 16,384 bytes. */
const longestPem = 15_000;

/** True for a certificate with a chain so long that only a reload brings it in. */
export function isTooLong(command: CertificateCommand): boolean {
  return command.do !== "remove" && command.certificate.pem.length > longestPem;
}

/** Lists the files of a crt-list. */
export function showCertificateList(list: string): string {
  return commandLine("show", "ssl", "crt-list", list);
}

/** Tells of the certificate that is held for a file. */
export function showCertificate(file: string): string {
  return commandLine("show", "ssl", "cert", file);
}

/** Writes a change as runtime commands. New connections have the new certificate, open ones go on as they are. */
export function certificateLines(list: string, command: CertificateCommand): readonly SocketCommand[] {
  if (command.do === "remove") {
    return [commandLine("del", "ssl", "crt-list", list, command.file), commandLine("del", "ssl", "cert", command.file)];
  }
  const { file, pem } = command.certificate;
  const update = [
    { line: commandLine("set", "ssl", "cert", file), payload: pem },
    commandLine("commit", "ssl", "cert", file),
  ];
  if (command.do === "replace") return update;
  return [commandLine("new", "ssl", "cert", file), ...update, commandLine("add", "ssl", "crt-list", list, file)];
}

/** Reads the answer to {@link showCertificateList}: paths; undefined: no listener has such a list. */
export function parseCertificateList(answer: string): readonly string[] | undefined {
  if (!answer.startsWith("# ")) return undefined;
  return answer.split("\n").flatMap((line) => (line.startsWith("#") ? [] : (/^\S+/.exec(line) ?? [])));
}

/** Reads the SHA-1 out of the answer to {@link showCertificate}; empty: it tells none. */
export function parseFingerprint(answer: string): string {
  return /^SHA1 FingerPrint: ([0-9A-F]{40})$/m.exec(answer)?.[1] ?? "";
}

const done =
  /Success!$|^Transaction (created|updated) for certificate|^New empty certificate store|deleted in crtlist|^Certificate .* deleted!$/;

/** True when a line of {@link certificateLines} was carried out. */
export function isCertificateDone(answer: string): boolean {
  return done.test(answer);
}
