import { useMemo, useState } from "preact/hooks";
import type { OtherRow } from "../view/rows.ts";
import { html, type VNode } from "./html.ts";
import { looks, type TableLook } from "./other-tables.ts";
import { otherLines } from "./other-lines.ts";
import { searchForPort } from "./search.ts";
import { type Shared, TableFrame } from "./table-frame.ts";
import { useNow } from "./use.ts";

/** One of the tables beside that of services. */
export function OtherTable(
  props: Shared & { readonly name: keyof typeof looks; readonly rows: ReadonlyMap<string, OtherRow> },
): VNode {
  const { name, rows, search, onOpen, onFind, isWhole } = props;
  const look = looks[name] as TableLook<OtherRow>;
  const now = useNow();
  const [selected, setSelected] = useState("");
  const lines = useMemo(() => otherLines(rows.values(), search), [rows, search]);
  const open = (row: OtherRow) => {
    if ("claimedAt" in row) return onFind(searchForPort(row.name));
    if ("container" in row && row.container !== "") onOpen(row.container);
  };
  return html`<${TableFrame}
    name=${name}
    label=${name}
    columns=${look.columns}
    lines=${lines}
    keyOf=${({ id }: OtherRow) => id}
    classOf=${() => ""}
    cells=${(row: OtherRow) => look.cells(row, now)}
    selected=${selected}
    onSelect=${({ id }: OtherRow) => setSelected(id)}
    onOpen=${open}
    empty=${!isWhole ? "Reading the registry …" : search === "" || rows.size === 0 ? look.empty : `Nothing is called “${search}”.`}
  />`;
}
