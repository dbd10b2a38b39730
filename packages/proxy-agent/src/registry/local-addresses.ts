import { addAbortListener } from "node:events";
import { networkInterfaces } from "node:os";

/** What {@link LocalAddresses} works with. */
export type LocalAddressesOptions = {
  /** Called at each look that finds other addresses than the known ones, and once more at the look after. */
  readonly onChange: () => void;
  /** Any text that differs when the addresses do; undefined: not now. (of this machine) */
  readonly read?: () => string | undefined;
  /** (2000) */
  readonly lookEveryMs?: number;
  /** Ends it. */
  readonly signal: AbortSignal;
};

/** How often the addresses of this machine are looked at. */
const usualLookEveryMs = 2000;

/** Notices when this machine's, or this container's, addresses are others than those known; those of now are. */
export class LocalAddresses {
  readonly #read: () => string | undefined;
  readonly #onChange: () => void;
  #known: string | undefined;
  #hasChanged = false;

  constructor({ onChange, read = readInterfaces, lookEveryMs = usualLookEveryMs, signal }: LocalAddressesOptions) {
    this.#read = read;
    this.#onChange = onChange;
    this.#known = read();
    const timer = setInterval(() => this.#look(), lookEveryMs).unref();
    addAbortListener(signal, () => clearInterval(timer));
  }

  /** The addresses as they are now are known from here on. */
  note(): void {
    this.#known = this.#read() ?? this.#known;
  }

  #look(): void {
    const changes = (this.#read() ?? this.#known) !== this.#known;
    // An address may be gone or there before Docker's engine, which is asked next, says so.
    if (changes || this.#hasChanged) this.#onChange();
    this.#hasChanged = changes;
  }
}

/** The kernel may refuse to list them, for want of file descriptors: then nothing is known to have changed. */
function readInterfaces(): string | undefined {
  try {
    return JSON.stringify(networkInterfaces());
  } catch {
    return undefined;
  }
}
