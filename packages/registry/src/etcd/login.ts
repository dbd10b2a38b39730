import { EtcdAuthenticationFailedError } from "etcd3";
import { backoffMs, jittered } from "@fairway/loop";
import { isOfTheToken } from "./errors.ts";

/** A user of etcd. */
export type User = { readonly name: string; readonly password: string };

/** What a {@link Login} works with. */
export type LoginOptions = {
  /** Undefined: etcd is asked without a user. */
  readonly user: User | undefined;
  /** Asks etcd for a token. */
  readonly authenticate: (user: User) => Promise<string>;
  /** (`performance.now`) */
  readonly nowMs?: () => number;
};

/** Each refusal costs etcd a bcrypt: jittered, the longest pause is 60 s at most. */
const refusalPauses = { firstMs: 1000, longestMs: 50_000 };

/** What etcd said of a user and its password, and until when it is not asked again. */
type Refusal = { readonly error: Error; readonly untilMs: number };

/**
 * The token by which etcd knows this program's user. One is asked for when it is needed, by all calls together; after a
 * refusal seldom, and until then every call is refused in the same words.
 */
export class Login {
  readonly #options: LoginOptions;
  readonly #nowMs: () => number;
  #token: string | undefined;
  #asked: Promise<string> | undefined;
  #refusal: Refusal | undefined;
  #refusals = 0;

  constructor(options: LoginOptions) {
    this.#options = options;
    this.#nowMs = options.nowMs ?? (() => performance.now());
  }

  /** The token as it is now; undefined: none. */
  get current(): string | undefined {
    return this.#token;
  }

  /** A token, once there is one; undefined without a user. Rejects while etcd refuses the user. */
  async token(): Promise<string | undefined> {
    const { user } = this.#options;
    if (user === undefined) return undefined;
    if (this.#refusal !== undefined && this.#nowMs() < this.#refusal.untilMs) throw this.#refusal.error;
    this.#token ??= await (this.#asked ??= this.#ask(user));
    return this.#token;
  }

  /** Notes that etcd no longer takes a token. */
  forget(token: string | undefined): void {
    if (token === this.#token) this.#token = undefined;
  }

  /** Carries a call out with a token, and once more with a new one if etcd no longer takes it. */
  async run<T>(call: () => Promise<T>): Promise<T> {
    const token = await this.token();
    try {
      return await call();
    } catch (error) {
      if (token === undefined || !isOfTheToken(error)) throw error;
      this.forget(token);
      await this.token();
      return call();
    }
  }

  async #ask(user: User): Promise<string> {
    try {
      const token = await this.#options.authenticate(user);
      this.#refusal = undefined;
      this.#refusals = 0;
      return token;
    } catch (error) {
      if (error instanceof EtcdAuthenticationFailedError) this.#onRefused(error);
      throw error;
    } finally {
      this.#asked = undefined;
    }
  }

  #onRefused(error: Error): void {
    this.#refusals += 1;
    this.#refusal = { error, untilMs: this.#nowMs() + jittered(backoffMs(this.#refusals, refusalPauses)) };
  }
}
