const units = [
  [86_400, "d"],
  [3600, "h"],
  [60, "min"],
] as const;

/** How long ago something was, in its largest unit: `5 min`. Empty for what is no time. */
export function ageOf(since: string, nowMs: number): string {
  const seconds = Math.max(0, (nowMs - Date.parse(since)) / 1000);
  if (!Number.isFinite(seconds)) return "";
  const [size, unit] = units.find(([size]) => seconds >= size) ?? [1, "s"];
  return `${Math.floor(seconds / size)} ${unit}`;
}
