import { agentApi, proxiesPrefix, reasonOf, shown } from "@fairway/contract";
import { unlessAborted, wait } from "@fairway/loop";
import { exitCode, type Given, type Output, type SubcommandAnswer, type Terminal } from "@fairway/program";
import type { OpenRegistry } from "@fairway/registry";
import { type Agents, type AskedProxy, notAsked } from "../agents/agents.ts";
import { proxies } from "../resources/proxies.ts";
import { type FiguresReadings, serviceRows } from "../top/figures.ts";
import { topLines, type TopView } from "../top/screen.ts";
import { agentsOf, askRegistry } from "./ask-registry.ts";

/** How often agents are asked; they ask HAProxy once a second at most. */
const everyMs = 2000;

/** How wide a table is that no terminal bounds. */
const unbounded = { columns: 80, rows: Number.MAX_SAFE_INTEGER };

/**
 * Shows what services do on all proxies, live until the signal aborts, and ends with 0; with `--once`, or where there is
 * no terminal, one table, and ends with 4 where a proxy could not be asked.
 */
export async function top(
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
  { options }: Given,
  output: Output,
): Promise<SubcommandAnswer> {
  const agents = agentsOf({ env, options });
  const { terminal } = output;
  const { answer } = await askRegistry({ env, signal, options }, async (client, note) => {
    const figures = new AskedFigures(client, agents);
    if (options["once"] !== true && terminal !== undefined) return follow(figures, terminal, signal);
    output.note(note);
    return (await unlessAborted(askTwice(figures, signal), signal)) ?? { lines: [], code: exitCode.timeout };
  });
  return answer;
}

async function askTwice(figures: AskedFigures, signal: AbortSignal): Promise<SubcommandAnswer> {
  await figures.ask();
  await wait(everyMs, signal);
  const view = await figures.ask();
  const code = view.notes.length === 0 ? exitCode.stopped : exitCode.partly;
  return { lines: topLines({ ...view, notes: [] }, unbounded), notes: view.notes, code };
}

async function follow(figures: AskedFigures, terminal: Terminal, signal: AbortSignal): Promise<SubcommandAnswer> {
  terminal.write(enterScreen);
  try {
    while (!signal.aborted) {
      const view = await unlessAborted(figures.ask(), signal);
      if (view === undefined) break;
      const lines = topLines(view, terminal.size()).map((line) => line + restOfLine);
      terminal.write(home + lines.join("\n") + restOfScreen);
      await wait(everyMs, signal);
    }
  } finally {
    terminal.write(leaveScreen);
  }
  return { lines: [] };
}

/** The terminal's other screen, without a cursor; leaving it shows what was there before. */
const enterScreen = "\u001b[?1049h\u001b[?25l";
const leaveScreen = "\u001b[?25h\u001b[?1049l";
const home = "\u001b[H";
const restOfLine = "\u001b[K";
const restOfScreen = "\u001b[J";

/** Asks all agents again and again, and tells what services did in between. */
class AskedFigures {
  readonly #client: Pick<OpenRegistry, "list">;
  readonly #agents: Agents;
  /** Undefined: the registry has not answered yet. */
  #proxies: readonly AskedProxy[] | undefined;
  #before: FiguresReadings = new Map();

  constructor(client: Pick<OpenRegistry, "list">, agents: Agents) {
    this.#client = client;
    this.#agents = agents;
  }

  /** Rejects where the registry does not answer the first time. Later it does not keep agents from answering. */
  async ask(): Promise<TopView> {
    const away = await this.#list();
    const { answers, unasked } = await this.#agents.ask(agentApi.services, this.#proxies ?? []);
    const atMs = performance.now();
    const now = new Map([...answers].map(([proxy, { services }]) => [proxy, { atMs, services }]));
    const rows = serviceRows(this.#before, now);
    this.#before = now;
    return {
      time: new Date().toLocaleTimeString("en-GB"),
      proxies: now.size,
      services: rows,
      notes: [...away, ...notAsked(unasked)],
    };
  }

  async #list(): Promise<readonly string[]> {
    try {
      const { stored } = await this.#client.list([{ prefix: proxiesPrefix }]);
      this.#proxies = proxies.read(stored).items;
      return [];
    } catch (error) {
      if (this.#proxies === undefined) throw error;
      return [`the registry does not answer: ${shown(reasonOf(error))}`];
    }
  }
}
