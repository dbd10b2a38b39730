import { useMemo, useState } from "preact/hooks";
import type { Row } from "../view/rows.ts";
import { html, type VNode } from "./html.ts";
import { looks, type TableLook } from "./other-tables.ts";
import { finder } from "./service-lines.ts";
import { type Shared, TableFrame } from "./table-frame.ts";
import { useNow } from "./use.ts";

/** One of the tables beside that of services. */
export function OtherTable(
  props: Shared & { readonly name: keyof typeof looks; readonly rows: ReadonlyMap<string, Row> },
): VNode {
  const { name, rows, search, onOpen, isWhole } = props;
  const look = looks[name] as TableLook<Row>;
  const now = useNow();
  const [selected, setSelected] = useState("");
  const lines = useMemo(() => [...rows.values()].filter(finder(search)), [rows, search]);
  const open = (row: Row) => {
    if ("container" in row && typeof row.container === "string" && row.container !== "") onOpen(row.container);
  };
  return html`<${TableFrame}
    name=${name}
    label=${name}
    columns=${look.columns}
    lines=${lines}
    keyOf=${({ id }: Row) => id}
    classOf=${() => ""}
    cells=${(row: Row) => look.cells(row, now)}
    selected=${selected}
    onSelect=${({ id }: Row) => setSelected(id)}
    onOpen=${open}
    empty=${!isWhole ? "Reading the registry …" : search === "" || rows.size === 0 ? look.empty : `Nothing is called “${search}”.`}
  />`;
}
