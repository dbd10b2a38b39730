import { html as build } from "htm/preact";
import type { VNode } from "preact";

/** Builds elements of the page. What is put in is text or elements, never markup. */
export const html: (strings: TemplateStringsArray, ...values: readonly unknown[]) => VNode = build;

export type { VNode };
