import type { Line, ListenerList, ListenerSettings } from "@fairway/haproxy";
import type { ListenerFacts } from "./desired.ts";
import { boundSilence, FirstWordsLines, withoutClientTime } from "./first-words.ts";
import { RoleLines } from "./role-lines.ts";
import type { SettingsChoice } from "./settings-choice.ts";

/** Lines and lists of a name, and what they were made from. */
type OfName = {
  readonly from: readonly Line[];
  readonly lists: readonly ListenerList[];
  readonly lines: readonly Line[];
  readonly own: readonly ListenerList[];
};

const none: readonly string[] = [];

/** What the containers of a listener ask for, with what follows from that. The same lines as before when nothing changed. */
export class SectionLines {
  readonly #roleLines = new RoleLines();
  readonly #firstWords = new FirstWordsLines();
  #ofName: OfName | undefined;

  /** Of one of several names on a port: what holds before the name is known is the port's. */
  ofName(
    { lines: asked, lists, choosing }: SettingsChoice,
    facts: ListenerFacts,
  ): Pick<ListenerSettings, "addresses" | "bind" | "lines" | "lists" | "mostWaiting"> {
    const { lines: from, mostWaiting } = this.#roleLines.of(asked, choosing.check, facts);
    const own = lists.filter(({ kind }) => kind !== "accept-proxy");
    if (this.#ofName?.from !== from || this.#ofName.lists !== lists)
      this.#ofName = { from, lists, lines: withoutClientTime(boundSilence(from, facts.tunnelTimeout)), own };
    return {
      addresses: none,
      bind: none,
      lines: this.#ofName.lines,
      ...(own.length > 0 && { lists: this.#ofName.own }),
      ...(mostWaiting !== undefined && { mostWaiting }),
    };
  }

  of(
    { lines: asked, lists, certificates, choosing }: SettingsChoice,
    listener: { readonly port: number; readonly isTls: boolean },
    facts: ListenerFacts,
  ): Pick<ListenerSettings, "lines" | "lists" | "certificates" | "mostWaiting"> {
    const role = this.#roleLines.of(asked, choosing.check, facts);
    const lines = this.#firstWords.of(role.lines, { ...listener, lists, certificates }, facts);
    return { ...role, lists, certificates, lines };
  }
}
