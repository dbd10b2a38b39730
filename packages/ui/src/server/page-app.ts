import { containersIn, explainContainer } from "@fairway/proxy-agent";
import type { HttpApp } from "@fairway/program";
import { Hono } from "hono";
import type { PageFile } from "../page-files.ts";
import { idOf } from "../view/container-rows.ts";
import { eventStream } from "./event-stream.ts";
import { guard, type PageAccess } from "./guard.ts";
import type { RegistryView } from "./registry-view.ts";

/** The page's paths: its files, `/events`, and `/why` of a container. */
export function pageApp(view: RegistryView, files: readonly PageFile[], access: PageAccess): HttpApp {
  const app: HttpApp = new Hono();
  app.use(guard(access));
  for (const { path, type, content } of files) {
    app.get(path, (c) => c.body(content, 200, { "Content-Type": type }));
  }
  app.get("/events", (c) => c.body(eventStream(view), 200, { "Content-Type": "text/event-stream" }));
  app.get("/why", (c) => {
    const id = c.req.query("container");
    const container = containersIn(view.known).find((each) => idOf(each) === id);
    return container === undefined
      ? c.json({ lines: ["the registry has nothing of it any more"] }, 404)
      : c.json({ lines: explainContainer(container, view.known).lines });
  });
  app.notFound((c) => c.text("there is nothing here\n", 404));
  return app;
}
