/** Options of a command line: `{"data-dir": "x"}` becomes `--data-dir x`, in this order. */
export function flags(options: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
}
