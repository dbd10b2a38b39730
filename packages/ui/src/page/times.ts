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

/** A time of the last day as the clock shows it, an older one with its date. */
export function clockTime(time: string, nowMs: number): string {
  const at = new Date(time);
  if (Number.isNaN(at.getTime())) return "";
  const two = (number: number) => String(number).padStart(2, "0");
  const clock = `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
  const isOld = nowMs - at.getTime() > 86_400_000;
  return isOld ? `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${clock}` : clock;
}
