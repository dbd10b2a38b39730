import { readFileSync } from "node:fs";

/** A file of the page, as it is served. */
export type PageFile = { readonly path: string; readonly type: string; readonly content: string };

const table = [
  { path: "/", file: "index.html", type: "text/html; charset=utf-8" },
  { path: "/page.js", file: "page.js", type: "text/javascript; charset=utf-8" },
  { path: "/page.css", file: "page.css", type: "text/css; charset=utf-8" },
  { path: "/icon.svg", file: "icon.svg", type: "image/svg+xml" },
];

/** The page as the build has made it, beside this package or in the bundle of the program. Throws when it is not there. */
export function readPageFiles(): readonly PageFile[] {
  return table.map(({ path, file, type }) => {
    return { path, type, content: readFileSync(new URL(`../page/${file}`, import.meta.url), "utf8") };
  });
}
