import { useMemo, useState } from "preact/hooks";
import type { ContainerRow } from "../view/rows.ts";
import { html, type VNode } from "./html.ts";
import { type PageLine, serviceLines } from "./service-lines.ts";
import { serviceCells, serviceColumns } from "./service-cells.ts";
import { TableFrame, type Shared } from "./table-frame.ts";
import { useNow } from "./use.ts";

/** Services, each with its containers and why these are there or not. */
export function ServiceTable(
  props: Shared & { readonly rows: ReadonlyMap<string, ContainerRow>; readonly isTroubleOnly: boolean },
): VNode {
  const { rows, isTroubleOnly, search, onOpen, isWhole } = props;
  const now = useNow();
  const [selected, setSelected] = useState("");
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set());
  const lines = useMemo(
    () => serviceLines(rows.values(), { search, isTroubleOnly, folded }),
    [rows, search, isTroubleOnly, folded],
  );
  const open = (line: PageLine) => {
    if (line.kind === "container") return onOpen(line.id);
    const others = new Set(folded);
    if (!others.delete(line.id)) others.add(line.id);
    setFolded(others);
  };
  return html`<${TableFrame}
    name="services"
    label="services and their containers"
    columns=${serviceColumns}
    lines=${lines}
    keyOf=${({ kind, id }: PageLine) => `${kind} ${id}`}
    classOf=${({ kind }: PageLine) => kind}
    cells=${(line: PageLine) => serviceCells(line, now)}
    selected=${selected}
    onSelect=${({ kind, id }: PageLine) => setSelected(`${kind} ${id}`)}
    onOpen=${open}
    empty=${emptyText(rows.size, { isWhole, isTroubleOnly, search })}
  />`;
}

function emptyText(
  count: number,
  { isWhole, isTroubleOnly, search }: Pick<Shared, "isWhole" | "search"> & { readonly isTroubleOnly: boolean },
): string {
  if (!isWhole) return "Reading the registry …";
  if (count === 0) return "No container asks to be routed yet: give one the label aliyun.proxy.required=true.";
  if (search !== "") return `Nothing is called “${search}”.`;
  return isTroubleOnly ? "Everything that asks to be served is served." : "";
}
