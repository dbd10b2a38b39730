import { freePorts } from "../../../../../test/free-ports.ts";
import { echoServer, type EchoServer } from "./echo-server.ts";
import { openStage, type Stage, type StageFacts } from "./stage.ts";

/** What a test works with. */
export type EchoStage = {
  readonly stage: Stage;
  /** In the order of their names. */
  readonly echoes: readonly EchoServer[];
  readonly statsPort: number;
  /** Free ones to listen on. */
  readonly ports: readonly number[];
};

/** Gives each test of the suite a stage of its own, with servers of these names. */
export function useStage(
  names: readonly string[],
  portCount: number,
  facts: Partial<StageFacts> = {},
): () => EchoStage {
  let open: EchoStage | undefined;
  beforeEach(async () => {
    const [statsPort = 0, ...ports] = await freePorts(portCount + 1);
    const echoes = await Promise.all(names.map(echoServer));
    open = { stage: await openStage({ statsPort, ...facts }), echoes, statsPort, ports };
  });
  afterEach(async () => {
    await open?.stage.clear();
    await Promise.all((open?.echoes ?? []).map((echo) => echo.close()));
    open = undefined;
  });
  return () => {
    if (open === undefined) throw new Error("no test runs");
    return open;
  };
}
