import { isDeepStrictEqual } from "node:util";
import { byText, frontOf, type Front } from "@fairway/contract";
import { listEntries, opensAlike, type Line, type Listener, type ListenerList, type PortNames } from "@fairway/haproxy";
import type { ObservedListener } from "../observed.ts";
import type { ReloadReason } from "./reload-reason.ts";

/** A list of a listener that is another one now. */
export type ListChange = { readonly listener: Front; readonly list: ListenerList };

/** Why a listener that runs takes a reload, by its settings. */
export function settingsReasons({ served }: ObservedListener, listener: Listener): readonly ReloadReason[] {
  if (served === undefined) return [];
  const { ssl, settings } = listener;
  const changed = [
    ...(served.ssl === ssl ? [] : ["ssl"]),
    ...(hasSameNames(served.names, listener.names) ? [] : ["names"]),
    ...(isSame(served.settings.addresses, settings.addresses) ? [] : ["addresses"]),
    ...(isSame(served.settings.bind, settings.bind) ? [] : ["bind options"]),
    ...changedLines(served.settings.lines ?? [], settings.lines ?? []),
    ...newOrEndedLists(served.settings.lists ?? [], settings.lists ?? []),
  ];
  return changed.length === 0 ? [] : [{ code: "listener-settings", port: frontOf(listener), settings: changed }];
}

/** Names come and go at run time, unless what opens TLS there is another frontend then. */
function hasSameNames(before: PortNames | undefined, now: PortNames | undefined): boolean {
  if (before === undefined || now === undefined) return before === now;
  return opensAlike(before, now) && isDeepStrictEqual({ ...before, routes: [] }, { ...now, routes: [] });
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a === b || (a.length === b.length && a.every((text, index) => text === b[index]));
}

/** The settings of which lines came or went, each once. */
function changedLines(before: readonly Line[], now: readonly Line[]): readonly string[] {
  if (before === now || textOf(before) === textOf(now)) return [];
  const texts = [before, now].map((lines) => new Set(lines.map(({ text }) => text)));
  const changed = [...before, ...now].filter(({ text }) => texts.some((each) => !each.has(text)));
  return [...new Set(changed.flatMap(({ from }) => from.settings))];
}

/** A list is a file that a line names: whether there is one, and the time of a rate, takes a reload. */
function newOrEndedLists(before: readonly ListenerList[], now: readonly ListenerList[]): readonly string[] {
  const [had, has] = [before, now].map((lists) => new Set(lists.map(standingOf)));
  const differing = [...before, ...now].filter((list) => had?.has(standingOf(list)) !== has?.has(standingOf(list)));
  return [...new Set(differing.map(({ kind }) => kind.toUpperCase().replaceAll("-", "_")))].sort(byText);
}

function standingOf(list: ListenerList): string {
  return "per" in list ? `${list.kind} ${list.per}` : list.kind;
}

/** The lists of a listener that are others now. */
export function changedLists({ served }: ObservedListener, { settings, ...listener }: Listener): readonly ListChange[] {
  const before = new Map((served?.settings.lists ?? []).map((list) => [list.kind, listEntries(list)]));
  const changed = (settings.lists ?? []).filter((list) => !isSame(before.get(list.kind) ?? [], listEntries(list)));
  return changed.map((list) => ({ listener: frontOf(listener), list }));
}

/** Lines as one text. */
export function textOf(lines: readonly Line[]): string {
  return lines.map(({ text }) => text).join("\n");
}
