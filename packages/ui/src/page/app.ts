import type { Row } from "../view/rows.ts";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { Details } from "./details.ts";
import { Head } from "./head.ts";
import { html, type VNode } from "./html.ts";
import { OtherTable } from "./other-table.ts";
import type { looks } from "./other-tables.ts";
import { finder } from "./search.ts";
import { serviceOf } from "./service-lines.ts";
import { ServiceTable } from "./service-table.ts";
import type { PageKnown, Store } from "./store.ts";
import { Summary } from "./summary.ts";
import type { Shared } from "./table-frame.ts";
import { type Tab, Tabs } from "./tabs.ts";
import { TimeView } from "./time-view.ts";
import { useAddress, useStore } from "./use.ts";

const nothingOpened = { opened: "", at: "" };

/** The whole page. */
export function App({ store }: { readonly store: Store }): VNode {
  const known = useStore(store);
  const { tables } = known;
  const [{ view, opened, at }, go] = useAddress();
  const [search, setSearch] = useState("");
  const [isTroubleOnly, setTroubleOnly] = useState(false);
  const searchRef = useRef<HTMLInputElement>(null);
  const tabs = useMemo(() => tabsOf(tables, search), [tables, search]);
  const chosen = tabs.some(({ id }) => id === view) ? view : "services";
  const choose = (view: string) => go({ view, ...nothingOpened });
  useKeys({ tabs, onTab: choose, searchRef });
  const close = () => {
    go(nothingOpened);
    document.querySelector<HTMLElement>(".list")?.focus();
  };
  const onTrouble = () => {
    setTroubleOnly(!isTroubleOnly);
    choose("services");
  };
  const shared = {
    search,
    onOpen: (opened: string, at = "") => go({ view: chosen, opened, at }),
    onFind: (text: string) => {
      setSearch(text);
      setTroubleOnly(false);
      choose("services");
    },
    isWhole: known.isWhole,
  };
  const row = tables.containers.get(opened);
  return html`<div class=${`page ${opened === "" ? "" : "with-details"}`}>
    <${Head} known=${known} search=${search} onSearch=${setSearch} searchRef=${searchRef} />
    <${Summary} tables=${tables} isTroubleOnly=${isTroubleOnly} onTrouble=${onTrouble} />
    <${Tabs} tabs=${tabs} chosen=${chosen} onChoose=${choose} />
    <main class="content" role="tabpanel" aria-labelledby=${`tab-${chosen}`}>
      ${tableOf(chosen, { tables, isTroubleOnly, shared })}
      ${
        opened === ""
          ? undefined
          : html`<${Details} id=${opened} at=${at} row=${row} changes=${[row, tables.proxies]} onClose=${close} />`
      }
    </main>
  </div>`;
}

function tableOf(
  chosen: string,
  {
    tables,
    isTroubleOnly,
    shared,
  }: Pick<PageKnown, "tables"> & { readonly isTroubleOnly: boolean; readonly shared: Shared },
): VNode {
  if (chosen === "time") return html`<${TimeView} ...${shared} />`;
  if (chosen === "services") {
    return html`<${ServiceTable} rows=${tables.containers} isTroubleOnly=${isTroubleOnly} ...${shared} />`;
  }
  const name = chosen as keyof typeof looks;
  return html`<${OtherTable} key=${name} name=${name} rows=${tables[name]} ...${shared} />`;
}

/** The views, each with how much there is in it of what is searched for. */
function tabsOf(
  { containers, ports, nodes, proxies, rejections }: PageKnown["tables"],
  search: string,
): readonly Tab[] {
  const finds = finder(search);
  const found = <T extends Row>(rows: ReadonlyMap<string, T>) => [...rows.values()].filter(finds);
  const refused = found(rejections);
  return [
    { id: "services", title: "Services", count: new Set(found(containers).map(serviceOf)).size },
    { id: "ports", title: "Ports", count: found(ports).length },
    { id: "nodes", title: "Nodes", count: found(nodes).length },
    { id: "proxies", title: "Proxies", count: found(proxies).length },
    {
      id: "rejections",
      title: "Refused",
      count: refused.length,
      isBad: refused.some(({ tone }) => tone === "broken"),
    },
    { id: "time", title: "Time line" },
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
