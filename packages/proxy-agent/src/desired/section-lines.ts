import type { ListenerSettings } from "@fairway/haproxy";
import type { ListenerFacts } from "./desired.ts";
import { FirstWordsLines } from "./first-words.ts";
import { RoleLines } from "./role-lines.ts";
import type { SettingsChoice } from "./settings-choice.ts";

/** What the containers of a listener ask for, with what follows from that. The same lines as before when nothing changed. */
export class SectionLines {
  readonly #roleLines = new RoleLines();
  readonly #firstWords = new FirstWordsLines();

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
