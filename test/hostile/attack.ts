import type { LabContainer, LabNode } from "../lab/index.ts";

/** Something that a stranger tries. */
export type Attack = {
  readonly name: string;
  /** Tries it; what it leaves behind is taken away by the next call, or with the lab. */
  readonly try: () => Promise<unknown>;
};

/** What a stranger never may get out: it stands in labels that are refused. */
export const secret = "kJ7vQ2xW9rT4mZ8p";

/** One container that a stranger has at a time: the next replaces the former. */
export class Squat {
  readonly #node: LabNode;
  #container: LabContainer | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(node: LabNode) {
    this.#node = node;
  }

  /** Runs it instead of the former one. What Docker itself refuses, such as a port that is taken, harms nobody. */
  run(facts: Parameters<LabNode["runContainer"]>[0]): Promise<unknown> {
    const former = this.#turn;
    this.#turn = this.#replace(former, facts);
    return this.#turn;
  }

  async #replace(former: Promise<unknown>, facts: Parameters<LabNode["runContainer"]>[0]): Promise<void> {
    await former;
    await this.#container?.remove();
    this.#container = await this.#node.runContainer(facts).catch(() => undefined);
  }
}
