import { displayWidth, shown } from "@fairway/contract";
import type { ServiceRow } from "./figures.ts";

/** How much room there is. */
export type ScreenSize = { readonly columns: number; readonly rows: number };

/** What is shown of all proxies. */
export type TopView = {
  readonly time: string;
  readonly proxies: number;
  readonly services: readonly ServiceRow[];
  /** Who was not asked; none where everybody was. Safe to show. */
  readonly notes: readonly string[];
};

type TopColumn = { readonly title: string; readonly width: number; readonly text: (row: ServiceRow) => string };

const columns: readonly TopColumn[] = [
  { title: "UP", width: 6, text: ({ up, servers }) => `${up}/${servers}` },
  { title: "CONNS", width: 6, text: ({ connections }) => String(connections) },
  { title: "QUEUE", width: 5, text: ({ queued }) => String(queued) },
  { title: "NEW/S", width: 7, text: ({ newRate }) => rateText(newRate) },
  { title: "IN/S", width: 7, text: ({ receivedRate }) => bytesText(receivedRate) },
  { title: "OUT/S", width: 7, text: ({ sentRate }) => bytesText(sentRate) },
  { title: "ERR/S", width: 6, text: ({ errorRate }) => rateText(errorRate) },
];

const least = { columns: 60, rows: 4 };

/** Lines that fit, safe to show: a head, the table, the busiest services first, and what is left out. */
export function topLines({ time, proxies, services, notes }: TopView, size: ScreenSize): readonly string[] {
  const width = Math.max(size.columns, least.columns);
  const room = Math.max(size.rows - notes.length, least.rows) - 3;
  const shownRows = services.length > room ? services.slice(0, Math.max(room - 1, 1)) : services;
  const left = services.length - shownRows.length;
  const total = services.reduce((sum, { connections }) => sum + connections, 0);
  const head = `fairway top  ${time}  proxies ${proxies}  services ${services.length}  connections ${total}`;
  const nameWidth = width - columns.reduce((sum, each) => sum + each.width + 1, 0);
  const rows = shownRows.map((row) =>
    rowLine(
      nameWidth,
      shown(row.service),
      columns.map(({ text }) => text(row)),
    ),
  );
  const titles = rowLine(
    nameWidth,
    "SERVICE",
    columns.map(({ title }) => title),
  );
  const more = left > 0 ? [`${left} more, which do less`] : [];
  return [head, "", titles, ...rows, ...more, ...notes].map((line) => cutTo(width, line).trimEnd());
}

function rowLine(nameWidth: number, name: string, cells: readonly string[]): string {
  const cut = cutTo(nameWidth, name);
  const first = cut + " ".repeat(Math.max(nameWidth - displayWidth(cut), 0));
  return first + cells.map((cell, at) => ` ${cell.padStart(columns[at]?.width ?? 0)}`).join("");
}

/** Wide characters take two columns. */
function cutTo(width: number, text: string): string {
  if (displayWidth(text) <= width) return text;
  let cut = "";
  for (const char of text) {
    if (displayWidth(cut + char) > width - 1) break;
    cut += char;
  }
  return `${cut}…`;
}

function rateText(rate: number | null): string {
  if (rate === null) return "–";
  return rate >= 100 || rate === 0 ? String(Math.round(rate)) : rate.toFixed(1);
}

/** As many digits as fit: `999`, `9.8k`, `120k`, `1.5M`. */
function bytesText(rate: number | null): string {
  if (rate === null) return "–";
  const unit = units.find(({ size }) => rate >= size);
  if (unit === undefined) return String(Math.round(rate));
  const amount = rate / unit.size;
  return `${amount >= 100 ? Math.round(amount) : amount.toFixed(1)}${unit.name}`;
}

const units = [
  { name: "G", size: 1e9 },
  { name: "M", size: 1e6 },
  { name: "k", size: 1000 },
] as const;
