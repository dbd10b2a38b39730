import assert from "node:assert/strict";
import { once } from "node:events";
import { request } from "node:http";
import { text } from "node:stream/consumers";
import type { IncomingMessage } from "node:http";
import type { Browser, Page } from "playwright-core";
import { openPage, startBrowser } from "./browser.ts";
import { composeLabels, eventually, namedRedis, proxyLabels, useLab } from "./lab/index.ts";
import { runFairway } from "./run-fairway.ts";
import { servePage, type ServedPage } from "./serve-page.ts";

const soon = { within: 20_000 };

/** What a browser shows of a node with a proxy. */
describe("the page of fairway ui", () => {
  const lab = useLab();
  const env = () => ({ ETCD_ENDPOINTS: lab().etcd.endpoints, ADMIN_LISTEN: `${lab().node(1).address}:7381` });
  let browser: Browser;
  const served: ServedPage[] = [];

  before(async () => {
    browser = await startBrowser();
  });

  after(async () => {
    await Promise.all([browser.close(), ...served.map((each) => each.end())]);
  });

  /** Serves the page, and answers where. */
  async function serve(): Promise<string> {
    const page = await servePage(env());
    served.push(page);
    return page.url;
  }

  const start = (project: string, service: string, ports: string) =>
    lab()
      .node(1)
      .runContainer({
        labels: { ...composeLabels(project, service), ...proxyLabels(ports) },
        command: namedRedis("page"),
      });

  const row = (page: Page, name: string) => page.locator(".line.container", { hasText: name });
  const becomes = (page: Page, name: string, tone: string) =>
    eventually(async () => {
      assert.equal(await row(page, name).locator(".dot").getAttribute("aria-label", { timeout: 100 }), tone);
    }, soon);

  it("shows containers as they come and go, why one is not served in the words of fairway why, and what happened", async () => {
    const { page, asked, complaints } = await openPage(browser, await serve());
    await page.getByText("No container asks to be routed yet").waitFor();
    const db = await start("shop", "db", "7401:6379");
    await becomes(page, db.name, "served");
    const refused = await start("shop", "web", "99999");
    await becomes(page, refused.name, "not served");
    await row(page, refused.name).click();
    const { stdout } = await runFairway(["why", refused.name], env());
    await eventually(async () => assert.equal(await page.locator(".why").textContent(), stdout.join("\n")), soon);
    await db.remove();
    await eventually(async () => assert.equal(await row(page, db.name).count(), 0), soon);
    await page.getByRole("tab", { name: "Time line" }).click();
    const came = page.locator(".line", { hasText: db.name }).filter({ has: page.locator('[aria-label="came"]') });
    await came.click(soonFor);
    await page.locator(".why", { hasText: `${db.name} (${db.id.slice(0, 12)}) on node n1` }).waitFor(soonFor);
    await page.locator(".hint", { hasText: "as it was at " }).waitFor(soonFor);
    await page.getByRole("img", { name: /^from Docker to traffic: [0-9]+ ms/ }).waitFor(soonFor);
    await page.getByRole("img", { name: /^connections: [0-9]+ connections/ }).waitFor(soonFor);
    assert.deepEqual(complaints, []);
    const { origin } = new URL(page.url());
    assert.deepEqual([...new Set(asked.map((url) => new URL(url).origin))], [origin]);
    await refused.remove();
  });

  it("shows markup in labels as text", async () => {
    const service = "<script>document.title='broken'</script>";
    const project = "<img src=x onerror=document.title='broken'>";
    const { page, complaints } = await openPage(browser, await serve());
    const container = await start(project, service, "99999");
    await page.locator(".line.service", { hasText: `${project}/${service}` }).waitFor(soonFor);
    await row(page, container.name).click();
    await page.locator(".why", { hasText: service }).waitFor(soonFor);
    assert.equal(await page.locator("#root script, #root img[src=x]").count(), 0);
    assert.equal(await page.title(), "Fairway");
    assert.deepEqual(complaints, []);
    await container.remove();
  });

  it("is reached by the keyboard: / finds, Tab and arrows choose, Enter opens, Escape leads back", async () => {
    const container = await start("keys", "db", "7402:6379");
    const { page } = await openPage(browser, await serve());
    await row(page, container.name).waitFor(soonFor);
    await page.keyboard.press("/");
    await page.keyboard.type(container.name.slice(-2));
    await page.keyboard.press("Tab");
    for (let presses = 0; presses < 10 && !(await isInList(page)); presses += 1) await page.keyboard.press("Tab");
    assert.equal(await isInList(page), true);
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.locator(".details h2", { hasText: container.name }).waitFor(soonFor);
    await page.keyboard.press("Escape");
    assert.equal(await page.locator(".details").count(), 0);
    assert.equal(await isInList(page), true);
    await page.keyboard.press("/");
    await page.keyboard.press("Escape");
    await page.keyboard.press("3");
    await page.getByRole("grid", { name: "nodes" }).waitFor(soonFor);
    await container.remove();
  });

  it("answers nobody who asks under another name, nor anything but a question", async () => {
    const url = new URL(await serve());
    const ask = async (options: { host?: string; method?: string }) => {
      const { host = url.host, method = "GET" } = options;
      const [response] = (await once(request(url, { method, headers: { host } }).end(), "response")) as [
        IncomingMessage,
      ];
      return {
        status: response.statusCode,
        body: await text(response),
        policy: String(response.headers["content-security-policy"]),
      };
    };
    const own = await ask({});
    assert.equal(own.status, 200);
    assert.match(own.policy, /^default-src 'none'; script-src 'self'; /);
    assert.equal((await ask({ host: "rebound.example.com" })).status, 421);
    assert.equal((await ask({ method: "POST" })).status, 405);
  });
});

const soonFor = { timeout: soon.within };

function isInList(page: Page): Promise<boolean> {
  return page.evaluate("document.activeElement?.className === 'list'");
}
