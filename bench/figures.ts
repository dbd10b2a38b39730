/** The value that a share of all values does not exceed (nearest rank), such as 0.5 or 0.99. Throws without values. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const value = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
  if (value === undefined) throw new Error("there is no quantile of no values");
  return value;
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** Milliseconds with three digits that matter. */
export function ms(value: number): string {
  return `${digits(value)} ms`;
}

export function seconds(milliseconds: number): string {
  return `${digits(milliseconds / 1000)} s`;
}

/** How many times as much, such as `1.42 ×`. */
export function times(value: number, of: number): string {
  return `${digits(value / of)} ×`;
}

/** Bytes in MB of a million. */
export function megabytes(bytes: number): string {
  return `${digits(bytes / 1e6)} MB`;
}

/** Bytes in KB of a thousand. */
export function kilobytes(bytes: number): string {
  return `${digits(bytes / 1000)} KB`;
}

/** A whole number with commas. */
export function whole(value: number): string {
  return Math.round(value).toLocaleString("en");
}

/** Three digits that matter, never an exponent. */
export function digits(value: number): string {
  if (Math.abs(value) >= 100) return whole(value);
  return value.toFixed(Math.abs(value) >= 10 ? 1 : 2);
}
