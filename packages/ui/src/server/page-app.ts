import type { HttpApp } from "@fairway/program";
import { containersIn, explainContainer } from "@fairway/proxy-agent";
import { Hono } from "hono";
import type { PageFile } from "../page-files.ts";
import { idOf } from "../view/container-rows.ts";
import { eventStream } from "./event-stream.ts";
import { guard, type PageAccess } from "./guard.ts";
import type { PageAgents } from "./page-agents.ts";
import type { RegistryView } from "./registry-view.ts";
import { Samples } from "./samples.ts";
import { SharedAnswer } from "./shared-answer.ts";
import { timeLine, whyAt } from "./time-line.ts";

/** What the page is made of. */
export type PageParts = {
  readonly view: RegistryView;
  readonly agents: PageAgents;
  readonly files: readonly PageFile[];
  readonly access: PageAccess;
};

/**
 * The page's paths: its files, `/events` of the registry, `/why` of a container, now or at a time, the `/journal` of all
 * proxies, or of before a time, and their `/figures`.
 */
export function pageApp({ view, agents, files, access }: PageParts): HttpApp {
  const app: HttpApp = new Hono();
  const samples = new Samples(agents);
  const figures = new SharedAnswer((proxies) => samples.take(proxies));
  const news = new SharedAnswer((proxies) => timeLine(agents, proxies));
  const proxies = () => view.known.proxies.map(({ name, record: { api } }) => ({ name, api }));
  app.use(guard(access));
  for (const { path, type, content } of files) {
    app.get(path, (c) => c.body(content, 200, { "Content-Type": type }));
  }
  app.get("/events", (c) => c.body(eventStream(view), 200, { "Content-Type": "text/event-stream" }));
  app.get("/why", async (c) => {
    const { container: id = "", at } = c.req.query();
    const lines = at === undefined ? whyNow(view, id) : await whyAt(agents, proxies(), { id, time: at });
    return c.json({ lines });
  });
  app.get("/journal", async (c) => {
    const until = c.req.query("until");
    return c.json(await (until === undefined ? news.from(proxies()) : timeLine(agents, proxies(), until)));
  });
  app.get("/figures", async (c) => c.json({ samples: await figures.from(proxies()) }));
  app.notFound((c) => c.text("there is nothing here\n", 404));
  return app;
}

function whyNow(view: RegistryView, id: string): readonly string[] {
  const container = containersIn(view.known).find((each) => idOf(each) === id);
  if (container === undefined) return ["the registry has nothing of it any more"];
  return explainContainer(container, view.known).lines;
}
