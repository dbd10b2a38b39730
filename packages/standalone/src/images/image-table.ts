import type { BuiltImage } from "./build-images.ts";

/** Images with their sizes, ready to be printed. */
export function imageTable(images: readonly BuiltImage[]): string {
  const rows = images.map(({ name, version, sizeMb, isNew }) => [
    name,
    `latest, ${version}`,
    `${sizeMb} MB`,
    isNew ? "built" : "unchanged",
  ]);
  const all = [["image", "tags", "size", ""], ...rows];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all
    .map((row) =>
      row
        .map((cell, n) => cell.padEnd(widths[n] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
