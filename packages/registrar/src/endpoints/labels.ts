import { hasControlCharacter, refused, shown, type Rejection } from "@fairway/contract";

export const proxyPrefix = "aliyun.proxy.";
export const requiredLabel = "aliyun.proxy.required";
export const tcpPortsLabel = "aliyun.proxy.TCP_PORTS";
export const excludePortsLabel = "aliyun.proxy.EXCLUDE_PORTS";

/** Labels of a container by their canonical names. */
export type Labels = ReadonlyMap<string, string>;

/** The `aliyun.` labels that may be read, and what was refused. */
export type CleanLabels = { readonly labels: Labels; readonly rejections: readonly Rejection[] };

/**
 * The `aliyun.` labels of a container, sorted, names after `aliyun.proxy.` in capitals, `required` in small letters.
 * A value with a line break or another control character is refused, whatever the label.
 * Of names that differ in case alone the one in capitals counts.
 */
export function cleanLabels(raw: Readonly<Record<string, string>>): CleanLabels {
  const ours = Object.entries(raw).filter(([name]) => name.startsWith("aliyun."));
  ours.sort(([a], [b]) => (a < b ? -1 : 1));
  const clean = ours.filter(([, value]) => !hasControlCharacter(value));
  const labels = new Map<string, string>();
  for (const [name, value] of clean) {
    const canonical = canonicalName(name);
    if (!labels.has(canonical)) labels.set(canonical, value);
  }
  return { labels, rejections: ours.filter(([, value]) => hasControlCharacter(value)).map(controlCharacter) };
}

/** Refuses a label for the control character in its value. */
export function controlCharacter([label, value]: readonly [string, string]): Rejection {
  const reason = "the value has a line break or another control character";
  return refused({ code: "control-character", label: shown(label), value, reason });
}

function canonicalName(name: string): string {
  if (!name.startsWith(proxyPrefix)) return name;
  if (name.toLowerCase() === requiredLabel) return requiredLabel;
  return proxyPrefix + name.slice(proxyPrefix.length).toUpperCase();
}
