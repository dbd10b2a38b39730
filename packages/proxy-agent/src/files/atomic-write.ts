import { constants } from "node:fs";
import { link, open, rename, rm, type FileHandle } from "node:fs/promises";
import { dirname } from "node:path";

/** What is written: a text, or its pieces, each asked for when the one before is written. */
export type Content = string | Iterable<string>;

/**
 * Replaces a file so that at every moment, also after a power cut, it holds either its old content or all of the new.
 * With `previous`, the old content stays under that path. Rejects when the disk does not take it; the file is then as
 * it was.
 */
export async function writeAtomically(file: string, content: Content, previous?: string): Promise<void> {
  const temporary = `${file}.new`;
  try {
    await writeThrough(temporary, content);
    if (previous !== undefined) await keep(file, previous);
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  }
  await syncDirectory(dirname(file));
}

/** Puts the content that {@link writeAtomically} kept back in its place; without any, the file goes. */
export async function putBack(file: string, previous: string): Promise<void> {
  try {
    await rename(previous, file);
  } catch (error) {
    if (!isMissing(error)) throw error;
    await rm(file, { force: true });
  }
  await syncDirectory(dirname(file));
}

/** True for the error of a file that does not exist. */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}

/** Writes a file that nobody needs whole after a power cut. Whatever has its name, also a link, goes first. */
export async function writeAnew(file: string, text: string): Promise<void> {
  const handle = await openAnew(file);
  try {
    await handle.writeFile(text);
  } finally {
    await handle.close();
  }
}

async function openAnew(file: string): Promise<FileHandle> {
  await rm(file, { force: true });
  return open(file, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW, 0o600);
}

async function writeThrough(file: string, content: Content): Promise<void> {
  const handle = await openAnew(file);
  try {
    for (const piece of typeof content === "string" ? [content] : content) await handle.writeFile(piece);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function keep(file: string, previous: string): Promise<void> {
  await rm(previous, { force: true });
  try {
    await link(file, previous);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}

async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
