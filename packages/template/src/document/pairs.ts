import type { Position } from "./remark.ts";
import type { Service } from "./service.ts";

/** A label or a variable: a name, and its value as text. */
export type NamedValue = { readonly name: string; readonly value: string; readonly at: Position };

/** The labels or variables of a service, whether they are written as a map or as a list of `name=value`. */
export function readPairs(service: Service, key: string): readonly NamedValue[] {
  const value = service.get(key);
  if (Array.isArray(value)) {
    return value.map((item, index) => {
      const [name = "", ...rest] = String(item).split("=");
      return { name, value: rest.join("="), at: service.at(key, index) };
    });
  }
  return Object.entries(mapOf(value)).map(([name, each]) => {
    return { name, value: textOf(each), at: service.at(key, name) };
  });
}

/** An item of a list, also as text. */
export type Item = { readonly value: unknown; readonly text: string; readonly at: Position };

/** The items of a list; one text alone is a list of one. */
export function readList(service: Service, key: string): readonly Item[] {
  const value = service.get(key);
  if (Array.isArray(value)) {
    return value.map((item: unknown, index) => ({ value: item, text: textOf(item), at: service.at(key, index) }));
  }
  return value === undefined || value === null ? [] : [{ value, text: textOf(value), at: service.at(key) }];
}

/** A map as plain JavaScript; what is none has no keys. */
export function mapOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};
}

/** A plain value as text; a list or map as JSON. */
export function textOf(value: unknown): string {
  if (value === null || value === undefined) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}
