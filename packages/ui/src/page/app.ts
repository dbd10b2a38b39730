import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { Details } from "./details.ts";
import { Head } from "./head.ts";
import { html, type VNode } from "./html.ts";
import { OtherTable } from "./other-table.ts";
import { looks } from "./other-tables.ts";
import { ServiceTable } from "./service-view.ts";
import type { Store } from "./store.ts";
import { Summary } from "./summary.ts";
import { type Tab, Tabs } from "./tabs.ts";
import { useHash, useStore } from "./use.ts";

/** The whole page. */
export function App({ store }: { readonly store: Store }): VNode {
  const known = useStore(store);
  const { tables } = known;
  const [hash, setHash] = useHash();
  const [search, setSearch] = useState("");
  const [isTroubleOnly, setTroubleOnly] = useState(false);
  const [opened, setOpened] = useState("");
  const searchRef = useRef<HTMLInputElement>(null);
  const tabs = useMemo(() => tabsOf(tables), [tables]);
  const chosen = tabs.some(({ id }) => id === hash) ? hash : "services";
  useKeys({ tabs, onTab: setHash, searchRef });
  const close = () => {
    setOpened("");
    document.querySelector<HTMLElement>(".list")?.focus();
  };
  const onTrouble = () => {
    setTroubleOnly(!isTroubleOnly);
    setHash("services");
  };
  const shared = { search, opened, onOpen: setOpened, isWhole: known.isWhole };
  const row = tables.containers.get(opened);
  return html`<div class=${`page ${opened === "" ? "" : "with-details"}`}>
    <${Head} known=${known} search=${search} onSearch=${setSearch} searchRef=${searchRef} />
    <${Summary} tables=${tables} isTroubleOnly=${isTroubleOnly} onTrouble=${onTrouble} />
    <${Tabs} tabs=${tabs} chosen=${chosen} onChoose=${setHash} />
    <main class="content" role="tabpanel" aria-labelledby=${`tab-${chosen}`}>
      ${
        chosen === "services"
          ? html`<${ServiceTable} rows=${tables.containers} isTroubleOnly=${isTroubleOnly} ...${shared} />`
          : html`<${OtherTable}
              key=${chosen}
              name=${chosen}
              rows=${tables[chosen as keyof typeof looks]}
              ...${shared}
            />`
      }
      ${
        opened === ""
          ? undefined
          : html`<${Details} id=${opened} row=${row} changes=${[row, tables.proxies]} onClose=${close} />`
      }
    </main>
  </div>`;
}

function tabsOf({ containers, ports, nodes, proxies, rejections }: Store["known"]["tables"]): readonly Tab[] {
  const refused = [...rejections.values()].filter(({ tone }) => tone === "broken").length;
  const services = new Set([...containers.values()].map(({ project, service }) => `${project}/${service}`)).size;
  return [
    { id: "services", title: "Services", count: services },
    { id: "ports", title: "Ports", count: ports.size },
    { id: "nodes", title: "Nodes", count: nodes.size },
    { id: "proxies", title: "Proxies", count: proxies.size },
    { id: "rejections", title: "Refused", count: rejections.size, isBad: refused > 0 },
  ];
}

/** `/` searches, digits choose a view. */
function useKeys(props: {
  readonly tabs: readonly Tab[];
  readonly onTab: (id: string) => void;
  readonly searchRef: { readonly current: HTMLInputElement | null };
}): void {
  const { tabs, onTab, searchRef } = props;
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.target instanceof HTMLInputElement || event.ctrlKey || event.metaKey || event.altKey) return;
      const tab = tabs[Number(event.key) - 1];
      if (event.key === "/") {
        event.preventDefault();
        searchRef.current?.focus();
      } else if (tab !== undefined) onTab(tab.id);
    };
    addEventListener("keydown", onKeyDown);
    return () => removeEventListener("keydown", onKeyDown);
  }, [tabs]);
}
