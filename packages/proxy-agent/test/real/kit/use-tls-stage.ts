import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { given, published } from "../../given.ts";
import { agentHome, ready, type AgentHome, type AgentRun } from "./agent-process.ts";
import { makeCertificate, pemOf, shownTo, type Made } from "./certificates.ts";
import { eventually } from "./client.ts";
import { openRegistryStage, type RegistryStage } from "./registry-stage.ts";
import { freePorts } from "../../../../../test/free-ports.ts";

/** `b` twice: `renewed` takes its place; `expired` is for c.example. */
type AllMade = Readonly<Record<"a" | "b" | "renewed" | "expired", Made>>;

/** An agent with a folder of certificates, before servers `a` and `b`. */
export type TlsStage = {
  readonly stage: RegistryStage;
  readonly home: AgentHome;
  readonly made: AllMade;
  readonly folder: string;
  readonly port: number;
  /** A port of nothing so far. */
  readonly otherPort: number;
  /** Has `a` served behind these ports, by default with TLS on {@link TlsStage.port}. */
  readonly put: (
    listen?: readonly { readonly port: number; readonly ssl: boolean }[],
    settings?: Readonly<Record<string, string>>,
  ) => Promise<unknown>;
  /** As careful tools do it: nobody sees half a file. */
  readonly place: (name: string, certificate: Made) => Promise<void>;
  /** Starts the agent; resolves when it is ready. */
  readonly start: (env?: NodeJS.ProcessEnv) => Promise<AgentRun>;
  /** Resolves once a client that asks for a host is shown a certificate. */
  readonly served: (host: string, certificate: Made) => Promise<void>;
};

/** Gives each test of the suite an agent of its own, not started. */
export function useTlsStage(): () => TlsStage {
  let stage: RegistryStage;
  let made: AllMade;
  let open: TlsStage | undefined;
  before(async () => {
    stage = await openRegistryStage(["a", "b"]);
    const hosts = ["a.example", "b.example", "b.example"].map((host) => makeCertificate(host));
    const [a, b, renewed, expired] = await Promise.all([...hosts, makeCertificate("c.example", { days: -1 })]);
    if (a && b && renewed && expired) made = { a, b, renewed, expired };
  });
  beforeEach(async () => {
    await stage.clear();
    open = await openTlsStage(stage, made);
  });
  afterEach(async () => {
    await open?.home.clear();
    if (open) await rm(open.folder, { recursive: true });
    open = undefined;
  });
  after(() => stage.close());
  return () => {
    if (open === undefined) throw new Error("no test runs");
    return open;
  };
}

async function openTlsStage(stage: RegistryStage, made: AllMade): Promise<TlsStage> {
  const [home, folder] = await Promise.all([agentHome(), mkdtemp(join(tmpdir(), "fairway-certificates-"))]);
  const [port = 0, otherPort = 0] = await freePorts(2);
  const put: TlsStage["put"] = (listen = [{ port, ssl: true }], settings = {}) => {
    const addresses = [published("127.0.0.1", stage.echo("a").port)];
    const behind = { node: "node-1", container: "a", addresses, listen: [...listen], settings };
    return stage.put(given().service("shop", "db").node("node-1", { address: "127.0.0.1" }).endpoint(behind));
  };
  return {
    stage,
    home,
    made,
    folder,
    port,
    otherPort,
    put,
    place: async (name, certificate) => {
      await writeFile(join(folder, `.${name}`), pemOf(certificate));
      await rename(join(folder, `.${name}`), join(folder, name));
    },
    start: async (env = { CERT_FOLDER: folder }) => {
      const run = home.start({ ...stage.env, ...env });
      await put();
      await ready(home);
      return run;
    },
    served: (host, { certificate }) =>
      eventually(`${host} has its certificate`, async () => (await shownTo(port, host)) === certificate),
  };
}
