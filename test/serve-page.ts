import assert from "node:assert/strict";
import { eventually } from "./lab/index.ts";
import { startFairway } from "./run-fairway.ts";

/** A page that `fairway ui` serves. */
export type ServedPage = { readonly url: string; readonly end: () => Promise<unknown> };

/** Serves the page on a free port of loopback, with these settings and no others. */
export async function servePage(env: Readonly<Record<string, string>>): Promise<ServedPage> {
  const ui = startFairway(["ui", "--listen", "127.0.0.1:0"], env);
  const url = () => /^the page: (http:\S+)$/.exec(ui.stdout().at(-1) ?? "")?.[1] ?? assert.fail("not served yet");
  return { url: await eventually(url, { within: 20_000 }), end: ui.interrupt };
}
