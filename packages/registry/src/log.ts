type Write = (fields: Readonly<Record<string, unknown>>, message: string) => void;

/** Where this package tells what happens: a short constant sentence, data in fields. A pino logger fits. */
export type RegistryLog = {
  readonly debug: Write;
  readonly info: Write;
  readonly warn: Write;
  readonly error: Write;
};
