import { networkInterfaces } from "node:os";

/** Notices when this machine's, or this container's, addresses are others than those that were known. */
export type AddressWatch = {
  /** The addresses as they are now are known from here on. */
  readonly note: () => void;
};

/** What {@link watchAddresses} is told. */
export type AddressWatchOptions = {
  /** Hears at each look that finds other addresses than the known ones, and once more at the look after. */
  readonly onChange: () => void;
  /** Any text that differs when the addresses do; undefined: not now. (of this machine) */
  readonly read?: () => string | undefined;
  /** (2000) */
  readonly lookEveryMs?: number;
  /** Ends it. */
  readonly signal: AbortSignal;
};

/** Watches from now on; the addresses of now are known. */
export function watchAddresses(options: AddressWatchOptions): AddressWatch {
  const { onChange, read = interfaces, lookEveryMs = 2000, signal } = options;
  let known = read();
  let hasChanged = false;
  const look = () => {
    const changes = (read() ?? known) !== known;
    // An address may be gone or there before Docker's engine, which is asked next, says so.
    if (changes || hasChanged) onChange();
    hasChanged = changes;
  };
  const timer = setInterval(look, lookEveryMs).unref();
  signal.addEventListener("abort", () => clearInterval(timer), { once: true });
  return { note: () => void (known = read() ?? known) };
}

/** The kernel may refuse to tell, for want of file descriptors: then nothing is known to have changed. */
function interfaces(): string | undefined {
  try {
    return JSON.stringify(networkInterfaces());
  } catch {
    return undefined;
  }
}
