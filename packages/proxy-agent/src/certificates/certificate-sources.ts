import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { type AgentSettings, type CertificateOutcome, pemOf, readCertificate } from "@fairway/contract";

/** What a source holds, in the order of names; not `ok`: it cannot be read, which says nothing of what it holds. */
export type SourceReading =
  | { readonly ok: true; readonly outcomes: readonly CertificateOutcome[] }
  | { readonly ok: false; readonly reason: string };

/** Where certificates come from: CERT_FOLDER, else variables. */
export type CertificateSource = {
  readonly folder: string | undefined;
  /** Texts by the names of the variables, `\n` in them for a new line. */
  readonly variables: ReadonlyMap<string, string>;
};

type Settings = Pick<AgentSettings, "certFolder" | "defaultCertificate" | "extraCertificates">;

/** The source that the settings name. */
export function sourceOf(settings: Settings, env: NodeJS.ProcessEnv): CertificateSource {
  const { certFolder: folder, defaultCertificate, extraCertificates } = settings;
  const variables = new Map(extraCertificates.map((name) => [name, env[name] ?? ""]));
  if (defaultCertificate !== undefined) variables.set("DEFAULT_SSL_CERT", defaultCertificate);
  return { folder, variables };
}

/** Changes whenever a file of the folder does; empty: there is no folder, or it cannot be read. */
export async function fileStatesOf({ folder }: Pick<CertificateSource, "folder">): Promise<string> {
  if (folder === undefined) return "";
  const names = await readdir(folder).catch(() => []);
  const below = await Promise.all(names.map((name) => readdir(join(folder, name)).catch(() => [])));
  const paths = names.flatMap((name, index) => [name, ...(below[index] ?? []).map((each) => join(name, each))]);
  return (await Promise.all(paths.map((path) => stateOf(folder, path)))).join("\n");
}

async function stateOf(folder: string, path: string): Promise<string> {
  const found = await stat(join(folder, path)).catch(() => undefined);
  return found ? `${path} ${found.ino} ${found.size} ${found.ctimeMs}` : path;
}

/** Reads what is there now. Never rejects. */
export async function readSource({ folder, variables }: CertificateSource): Promise<SourceReading> {
  if (folder !== undefined) return readFolder(folder);
  const outcomes = [...variables].map(([name, text]) => readCertificate(name, [pemOf(text)]));
  return { ok: true, outcomes };
}

/** More entries than this are no folder of certificates. */
const mostEntries = 10_000;
const longestFileBytes = 1_000_000;
/** What certbot and Kubernetes call a certificate with its chain, and the key beside it. */
const pairs: readonly (readonly [chain: string, key: string])[] = [
  ["fullchain.pem", "privkey.pem"],
  ["tls.crt", "tls.key"],
];

/**
 * A folder holds `<name>.pem` (certificate, chain and key), `<name>.crt` beside `<name>.key` as lego writes them, or
 * folders as certbot does (`fullchain.pem` beside `privkey.pem`); it may itself be such a folder.
 */
async function readFolder(folder: string): Promise<SourceReading> {
  try {
    const names = (await readdir(folder)).sort();
    if (names.length > mostEntries) return { ok: false, reason: `it has more than ${mostEntries} entries` };
    const own = pairIn(names);
    const sets = own ? [own] : (await Promise.all(names.map((name) => filesOf(folder, name, names)))).flat();
    return { ok: true, outcomes: await Promise.all(sets.map((files) => readFiles(folder, files))) };
  } catch (error) {
    return { ok: false, reason: (error as Error).message };
  }
}

function pairIn(names: readonly string[]): readonly string[] | undefined {
  return pairs.find((pair) => pair.every((name) => names.includes(name)));
}

/** The files that make one certificate, by the first of their names; none: the name is no certificate's. */
async function filesOf(
  folder: string,
  name: string,
  names: readonly string[],
): Promise<readonly (readonly string[])[]> {
  if (name.endsWith(".pem")) return [[name]];
  if (name.endsWith(".issuer.crt")) return [];
  const [, stem] = /^(.+)\.crt$/.exec(name) ?? [];
  if (stem !== undefined) return [names.includes(`${stem}.key`) ? [name, `${stem}.key`] : [name]];
  if (name.startsWith(".")) return [];
  const pair = pairIn(await readdir(join(folder, name)).catch(() => []));
  return pair ? [pair.map((each) => join(name, each))] : [];
}

async function readFiles(folder: string, files: readonly string[]): Promise<CertificateOutcome> {
  const [name = ""] = files;
  try {
    return readCertificate(name, await Promise.all(files.map((file) => readSmall(join(folder, file)))));
  } catch (error) {
    return { ok: false, name, reason: (error as Error).message };
  }
}

/** The text of a file of reasonable size. Rejects with a reason when there is none. */
export async function readSmall(file: string): Promise<string> {
  const found = await stat(file);
  if (!found.isFile()) throw new Error("is no file");
  if (found.size > longestFileBytes) throw new Error(`has ${found.size} bytes: ${longestFileBytes} are allowed`);
  return readFile(file, "utf8");
}
