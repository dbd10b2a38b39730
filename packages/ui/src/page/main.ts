import { render } from "preact";
import { App } from "./app.ts";
import { html } from "./html.ts";
import { Store } from "./store.ts";

const store = new Store();
store.follow("events");
const root = document.getElementById("root");
if (root !== null) render(html`<${App} store=${store} />`, root);
