import { setTimeout } from "node:timers/promises";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { startBrowser } from "../test/browser.ts";
import { createLab } from "../test/lab/index.ts";
import { servePage } from "../test/serve-page.ts";
import { startScene } from "./pictures-scene.ts";

/** Retakes the pictures of the page, of a system that really runs. */

/** How long the page is open before: its charts tell of what happened while somebody looks. */
const openMs = 120_000;

const pictures: readonly { readonly name: string; readonly of: BrowserContextOptions; readonly show: Show }[] = [
  { name: "light", of: { viewport: { width: 1280, height: 800 }, colorScheme: "light" }, show: showWhy },
  { name: "dark", of: { viewport: { width: 1280, height: 800 }, colorScheme: "dark" }, show: showTimeLine },
  { name: "narrow", of: { viewport: { width: 390, height: 780 }, colorScheme: "light" }, show: async () => {} },
];

type Show = (page: Page) => Promise<void>;

async function showWhy(page: Page): Promise<void> {
  await page.locator(".line.container", { hasText: "mail-webmail-1" }).click();
  await page.locator(".why", { hasText: "mail-webmail-1" }).waitFor();
}

async function showTimeLine(page: Page): Promise<void> {
  await page.getByRole("tab", { name: "Time line" }).click();
  await page.locator(".time .line").first().waitFor();
}

async function takePicture(browser: Browser, url: string, { name, of, show }: (typeof pictures)[number]) {
  const page = await (await browser.newContext(of)).newPage();
  await page.goto(url);
  await page.locator(".line.container").first().waitFor();
  await show(page);
  await setTimeout(openMs);
  await page.screenshot({ path: new URL(`page-${name}.png`, import.meta.url).pathname });
}

/** What was started, each with what ends it. */
const ends: (() => unknown)[] = [];
try {
  const lab = await createLab({ nodes: 2, agents: false });
  ends.push(() => lab.dispose());
  const browser = await startBrowser();
  ends.push(() => browser.close());
  const scene = await startScene(lab);
  ends.push(scene.end);
  const page = await servePage({ ETCD_ENDPOINTS: lab.etcd.endpoints, ...scene.apis.asking });
  ends.push(() => page.end());
  await Promise.all(pictures.map((picture) => takePicture(browser, page.url, picture)));
} finally {
  // What cannot be ended keeps nothing else from it.
  for (const end of ends.toReversed()) await Promise.resolve().then(end).catch(console.error);
}
