/** Name of a listener's section, as haproxy.cfg and HAProxy's answers give it. */
export function sectionName(listener: number): string {
  return `port_${listener}`;
}

/** The port of the listener that a section's name gives; undefined: not a listener's section. */
export function portOfSection(name: string): number | undefined {
  const digits = /^port_([1-9][0-9]{0,4})$/.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** The weight that a server's own options give it; HAProxy's default is 1. The last one counts. */
export function ownWeight(options: readonly string[]): number {
  const at = options.lastIndexOf("weight");
  const weight = at < 0 ? 1 : Number(options[at + 1]);
  return Number.isInteger(weight) ? weight : 1;
}
