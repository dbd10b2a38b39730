import { decode, encode, rolloutKey, rolloutRecordSchema, type ServiceName, shown } from "@fairway/contract";
import { wait } from "@fairway/loop";
import { exitCode, type Output, ProgramExit } from "@fairway/program";
import { HeldLease, type RegistryClient } from "@fairway/registry";

/** Whose rollout of what is marked, and where. */
export type RolloutMarkOptions = {
  readonly client: RegistryClient;
  readonly service: ServiceName & { readonly node: string };
  /** This process and its machine, as a sentence has them. */
  readonly by: string;
  readonly output: Pick<Output, "note">;
  readonly signal: AbortSignal;
};

/** How long the mark of a rollout lasts that nobody takes out any more. */
const leaseMs = 5000;

/** How often it is looked whether another's rollout lives, and how soon a lost mark is made anew. */
const lookMs = 250;

/** How long the registry has at the end of a rollout to forget its mark, which it must not hold up. */
const removeMs = 2000;

/** Another's rollout; `lease`: undefined where it has none, so that it never runs out. */
type Other = { readonly text: string; readonly lease: string | undefined };

/**
 * `rollouts/<node>/<project>/<service>`: keeps rollouts of one service apart. Under a lease that is renewed, so that the mark
 * of one that is killed runs out. A mark that was lost is made anew; where another is there by then, `lost` aborts.
 */
export class RolloutMark {
  readonly #options: RolloutMarkOptions;
  readonly #key: string;
  readonly #value: string;
  readonly #stop = new AbortController();
  readonly #lost = new AbortController();
  #held: HeldLease;

  private constructor(options: RolloutMarkOptions, held: HeldLease) {
    this.#options = options;
    this.#held = held;
    this.#key = rolloutKey(options.service);
    const record = { v: 1, by: options.by, begunAt: new Date().toISOString() } as const;
    this.#value = encode(record);
  }

  /**
   * Takes the mark; that of one that was killed has run out within seconds, and is waited for. Throws ProgramExit, with who
   * it is, where another's rollout lives.
   */
  static async take(options: RolloutMarkOptions): Promise<RolloutMark> {
    const mark = new RolloutMark(options, await HeldLease.grant(options.client, leaseMs));
    try {
      await mark.#await();
      void mark.#keep();
      return mark;
    } catch (error) {
      await mark.remove();
      throw error;
    }
  }

  /** Aborts, with a ProgramExit for its reason, when another rollout has begun as the registry had lost this one's mark. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /** Takes the mark out of the registry; one that is away lets it run out. */
  async remove(): Promise<void> {
    this.#stop.abort();
    this.#held.stop();
    const over = new AbortController();
    const revoked = this.#options.client.revokeLease(this.#held.lease).catch(() => undefined);
    await Promise.race([revoked, wait(removeMs, over.signal)]);
    over.abort();
  }

  /** A lease whose time grows is renewed by somebody who lives. */
  async #await(): Promise<void> {
    const { client, service, output, signal } = this.#options;
    let leastMs = Infinity;
    for (;;) {
      const other = await this.#put();
      if (other === undefined) return;
      const leftMs = other.lease === undefined ? Infinity : ((await client.timeOfLease(other.lease))?.remainingMs ?? 0);
      const name = shown(`${service.project}/${service.service}`);
      if (leftMs > leastMs || leftMs === Infinity)
        throw new ProgramExit(exitCode.no, [`nothing was done: ${name} is being rolled out by ${other.text}`]);
      if (leastMs === Infinity) output.note(`${name}: checking whether a rollout by ${other.text} is still running`);
      leastMs = leftMs;
      await wait(lookMs, signal);
      if (signal.aborted) throw new ProgramExit(exitCode.timeout, ["interrupted: nothing was done"]);
    }
  }

  /** Answers whose mark is there; undefined: one's own. */
  async #put(): Promise<Other | undefined> {
    const { client } = this.#options;
    const put = { type: "put", key: this.#key, value: this.#value, lease: this.#held.lease } as const;
    for (;;) {
      if ((await client.transact([{ key: this.#key, modRevision: 0n }], [put])).succeeded) return undefined;
      const [stored] = (await client.get([this.#key])).stored;
      if (stored === undefined) continue;
      const read = decode(rolloutRecordSchema, stored.value);
      const text = read.ok ? `${read.record.by} since ${read.record.begunAt}` : "somebody whose mark cannot be read";
      return { text: shown(text), lease: stored.lease };
    }
  }

  async #keep(): Promise<void> {
    const { client, service } = this.#options;
    const { signal } = this.#stop;
    await this.#held.lost;
    while (!signal.aborted) {
      try {
        this.#held = await HeldLease.grant(client, leaseMs);
        if (signal.aborted) return await this.remove();
        const other = await this.#put();
        if (other === undefined) return void this.#keep();
        const name = shown(`${service.project}/${service.service}`);
        const line = `another rollout of ${name} has begun, by ${other.text}: this one touches no container any more`;
        return this.#lost.abort(new ProgramExit(exitCode.no, [line]));
      } catch {
        this.#held.stop();
        await wait(lookMs, signal);
      }
    }
  }
}
