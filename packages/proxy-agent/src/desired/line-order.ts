import { byText, type ListenerSettingLine } from "@fairway/contract";
import type { Line } from "@fairway/haproxy";

/**
 * The lines of a listener sorted, but for those of EXTRA_SETTINGS: of rules one may have to go before another, so they come
 * last and as they were written, `written` being every line that is asked for, those of who decides first.
 */
export function inOrder(lines: readonly Line[], written: readonly ListenerSettingLine[]): readonly Line[] {
  const extra = written.filter(({ setting }) => setting === "EXTRA_SETTINGS").map(({ text }) => text);
  return lines.toSorted((a, b) => extra.indexOf(a.text) - extra.indexOf(b.text) || byText(a.text, b.text));
}
