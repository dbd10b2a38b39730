import { commandLine } from "./commands.ts";
import { answerText } from "./answers.ts";
import { askWorker, type Socket, type SocketCommand } from "./sockets.ts";

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

/** See `Haproxy.certificates`. */
export async function readCertificates(worker: Socket, list: string): Promise<ReadonlyMap<string, string> | undefined> {
  const [answer = ""] = await askWorker(worker, [showCertificateList(list)]);
  const files = parseCertificateList(answer);
  if (files === undefined) return undefined;
  const answers = await askWorker(worker, files.map(showCertificate));
  return new Map(files.map((file, index) => [file, parseFingerprint(answers[index] ?? "")]));
}

/** See `Haproxy.changeCertificates`. */
export async function changeCertificates(
  worker: Socket,
  list: string,
  commands: readonly CertificateCommand[],
): Promise<string> {
  if (commands.some(isTooLong)) return "it takes no certificate of this length at run time";
  return refusalIn(
    await askWorker(
      worker,
      commands.flatMap((command) => certificateLines(list, command)),
    ),
  );
}

/** See `Haproxy.hasAuthorities`. */
export async function hasAuthorities(worker: Socket, file: string): Promise<boolean> {
  return hasAuthority((await askWorker(worker, [showAuthorities(file)]))[0] ?? "");
}

/** See `Haproxy.loadAuthorities`. */
export async function loadAuthorities(worker: Socket, file: string, pem: string): Promise<string> {
  if (pem.length > longestPem) return "it takes no authorities of this length at run time";
  const [, ...answers] = await askWorker(worker, authorityLines(file, pem));
  return refusalIn(answers);
}

/** Empty: all of it was done. */
function refusalIn(answers: readonly string[]): string {
  const refusal = answers.find((answer) => !isCertificateDone(answer));
  return refusal === undefined ? "" : answerText(refusal);
}

/** True for a certificate with a chain so long that only a reload brings it in. */
function isTooLong(command: CertificateCommand): boolean {
  return command.do !== "remove" && command.certificate.pem.length > longestPem;
}

/** Lists the files of a crt-list. */
function showCertificateList(list: string): string {
  return commandLine("show", "ssl", "crt-list", list);
}

/** Tells of the certificate that is held for a file. */
function showCertificate(file: string): string {
  return commandLine("show", "ssl", "cert", file);
}

/** Writes a change as runtime commands. New connections have the new certificate, open ones go on as they are. */
function certificateLines(list: string, command: CertificateCommand): readonly SocketCommand[] {
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
function parseCertificateList(answer: string): readonly string[] | undefined {
  if (!answer.startsWith("# ")) return undefined;
  return answer.split("\n").flatMap((line) => (line.startsWith("#") ? [] : (/^\S+/.exec(line) ?? [])));
}

/** Reads the SHA-1 out of the answer to {@link showCertificate}; empty: it tells none. */
function parseFingerprint(answer: string): string {
  return /^SHA1 FingerPrint: ([0-9A-F]{40})$/m.exec(answer)?.[1] ?? "";
}

/** Tells of the authorities that are held for a file. */
function showAuthorities(file: string): string {
  return commandLine("show", "ssl", "ca-file", file);
}

/** Gives HAProxy the authorities of a file. The first line fails where it has the file, which does no harm. */
function authorityLines(file: string, pem: string): readonly SocketCommand[] {
  return [
    commandLine("new", "ssl", "ca-file", file),
    { line: commandLine("set", "ssl", "ca-file", file), payload: pem },
    commandLine("commit", "ssl", "ca-file", file),
  ];
}

/** True when the answer to {@link showAuthorities} tells of some. */
function hasAuthority(answer: string): boolean {
  return /^SHA1 FingerPrint: /m.test(answer);
}

const done =
  /Success!$|^[Tt]ransaction (created|updated) for (certificate|CA)|^New empty certificate store|deleted in crtlist|^Certificate .* deleted!$/;

/** True when a line of {@link certificateLines} or {@link authorityLines} was carried out. */
function isCertificateDone(answer: string): boolean {
  return done.test(answer);
}
