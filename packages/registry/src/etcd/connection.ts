import type { Etcd3 } from "etcd3";
import { Login, type User } from "./login.ts";

/** One client of etcd, and who it is there. Closed by its owner at once, or once nothing that it was used for goes on. */
export class Connection {
  readonly etcd: Etcd3;
  readonly login: Login;
  #uses = 0;
  #isRetired = false;

  constructor(user: User | undefined, open: (token: () => string | undefined) => Etcd3) {
    this.etcd = open(() => this.login.current);
    const authenticate = async ({ name, password }: User) =>
      (await this.etcd.auth.authenticate({ name, password })).token;
    this.login = new Login({ user, authenticate });
  }

  /** Carries a call out as our user. */
  async run<T>(call: (etcd: Etcd3) => Promise<T>): Promise<T> {
    const release = this.hold();
    try {
      return await this.login.run(() => call(this.etcd));
    } finally {
      release();
    }
  }

  /** Keeps it open until the answer is called. */
  hold(): () => void {
    this.#uses += 1;
    return () => {
      this.#uses -= 1;
      this.#closeUnused();
    };
  }

  /** Has it closed once nothing uses it. */
  retire(): void {
    this.#isRetired = true;
    this.#closeUnused();
  }

  #closeUnused(): void {
    if (this.#isRetired && this.#uses === 0) this.etcd.close();
  }
}
