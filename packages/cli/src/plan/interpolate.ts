/** A value with its variables replaced, or why Compose would not take it; `unset`: names that stand for nothing. */
export type Interpolated =
  | { readonly ok: true; readonly text: string; readonly unset: readonly string[] }
  | { readonly ok: false; readonly reason: string };

/** Variables by name; null: it is set, to what is not known here. */
export type Variables = ReadonlyMap<string, string | null>;

class NotTaken extends Error {}

/** Replaces `$NAME`, `${NAME}`, `${NAME:-default}` and the others of Compose; `$$` is a `$`. */
export function interpolate(text: string, variables: Variables): Interpolated {
  const unset: string[] = [];
  try {
    return { ok: true, text: replace(text, variables, unset), unset };
  } catch (error) {
    if (error instanceof NotTaken) return { ok: false, reason: error.message };
    throw error;
  }
}

function replace(text: string, variables: Variables, unset: string[]): string {
  let written = "";
  for (let at = 0; at < text.length;) {
    const rest = text.slice(at);
    const [plain] = /^[^$]+|^\$\$/.exec(rest) ?? [];
    const [named, name] = /^\$([A-Za-z_][A-Za-z0-9_]*)/.exec(rest) ?? [];
    if (plain !== undefined) written += plain === "$$" ? "$" : plain;
    else if (name !== undefined) written += valueOf(name, variables, unset);
    const braced = plain === undefined && named === undefined ? bracedIn(rest) : undefined;
    if (braced !== undefined) written += expand(braced, variables, unset);
    at += (plain ?? named ?? `\${${braced}}`).length;
  }
  return written;
}

/** What stands between the braces at the beginning of a text. */
function bracedIn(text: string): string {
  let depth = 0;
  for (let at = 1; at < text.length && text[1] === "{"; at += 1) {
    if (text[at] === "{" && text[at - 1] === "$") depth += 1;
    if (text[at] === "}") depth -= 1;
    if (depth === 0) return text.slice(2, at);
  }
  throw new NotTaken("a $ that begins no variable: write $$ for one that is meant so");
}

function expand(braced: string, variables: Variables, unset: string[]): string {
  const [, name, how, word = ""] = /^([A-Za-z_][A-Za-z0-9_]*)(?:(:?[-?+])([^]*))?$/.exec(braced) ?? [];
  if (name === undefined) throw new NotTaken("what stands in ${…} is no variable");
  const value = variables.get(name);
  if (how === undefined) return valueOf(name, variables, unset);
  const isThere = value !== undefined && !(how.startsWith(":") && value === "");
  if (how.endsWith("+")) return isThere ? replace(word, variables, unset) : "";
  if (isThere) return valueOf(name, variables, unset);
  if (how.endsWith("?")) throw new NotTaken(`${name} is to be set${word === "" ? "" : `: ${word}`}`);
  return replace(word, variables, unset);
}

function valueOf(name: string, variables: Variables, unset: string[]): string {
  const value = variables.get(name);
  if (value === null)
    throw new NotTaken(`the value of ${name} is not known: .env writes it in a way that is not read here`);
  if (value === undefined) unset.push(name);
  return value ?? "";
}
