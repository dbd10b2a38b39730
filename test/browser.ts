import { type Browser, chromium, type Page } from "playwright-core";

/** Debian's Chromium, without a window. Its sandbox wants rights that a test, which is root, does not have. */
export function startBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
}

/** A page of a browser, and everything that it has asked for or complained about. */
export type WatchedPage = {
  readonly page: Page;
  readonly asked: readonly string[];
  readonly complaints: readonly string[];
};

/** Opens an address in a window of its own. */
export async function openPage(browser: Browser, url: string): Promise<WatchedPage> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  const asked: string[] = [];
  const complaints: string[] = [];
  context.on("request", (request) => asked.push(request.url()));
  page.on("console", (message) => complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(error.message));
  await page.goto(url);
  return { page, asked, complaints };
}

/** Lengths of frames while an expression is run at each, in milliseconds, in the order of time. */
export async function framesOf(page: Page, eachFrame: string, frames: number): Promise<readonly number[]> {
  return (await page.evaluate(`new Promise((resolve) => {
    const lengths = [];
    let last = performance.now();
    const frame = (now) => {
      lengths.push(now - last);
      last = now;
      if (lengths.length > ${frames}) return resolve(lengths.slice(1));
      ${eachFrame};
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  })`)) as readonly number[];
}

/** What a page's main thread works while something is done, in milliseconds of the processor: other programs' work is not in it. */
export async function workIn<T>(
  page: Page,
  work: () => Promise<T>,
): Promise<{ readonly done: T; readonly workMs: number }> {
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable", { timeDomain: "threadTicks" });
  const taskMs = async () => {
    const { metrics } = await session.send("Performance.getMetrics");
    return 1000 * (metrics.find(({ name }) => name === "TaskDuration")?.value ?? Number.NaN);
  };
  const before = await taskMs();
  const done = await work();
  return { done, workMs: (await taskMs()) - before };
}

/** Of the page's JavaScript, in MB, after what is not used any more is gone. */
export async function heapOf(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page);
  await session.send("HeapProfiler.collectGarbage");
  const { usedSize } = await session.send("Runtime.getHeapUsage");
  return usedSize / 1e6;
}
