import { alignColumns } from "@fairway/contract";
import type { BuiltImage } from "./build-images.ts";

/** Images with their sizes, ready to be printed. */
export function imageTable(images: readonly BuiltImage[]): string {
  const rows = images.map(({ name, version, sizeMb, isNew }) => [
    name,
    `latest, ${version}`,
    `${sizeMb} MB`,
    isNew ? "built" : "unchanged",
  ]);
  return alignColumns([["image", "tags", "size", ""], ...rows]).join("\n");
}
