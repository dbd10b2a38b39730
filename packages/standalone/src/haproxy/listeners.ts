/** A listener as HAProxy itself answers for it. */
export type SeenListener = {
  readonly port: number;
  /** HAProxy's word, such as OPEN. */
  readonly status: string;
  /** Sorted by name. */
  readonly servers: readonly SeenServer[];
};

/** A server as HAProxy itself answers for it. */
export type SeenServer = {
  readonly name: string;
  readonly ip: string;
  readonly port: number;
  /** Whether it is given new connections, none, or nothing at all. */
  readonly admin: "ready" | "drain" | "maint";
  /** HAProxy's word: UP, DOWN, `UP 1/3`, `no check`, MAINT, DRAIN … */
  readonly status: string;
  readonly weight: number;
  /** Connections that it holds now, and that it was given in all. */
  readonly sessions: { readonly now: number; readonly total: number };
};

type Row = Readonly<Record<string, string>>;

/** Reads the answer to `show stat`: every section named `port_<port>`, sorted by port. */
export function listenersOf(answer: string): readonly SeenListener[] {
  const rows = rowsOf(answer).filter(({ pxname = "" }) => /^port_\d+$/.test(pxname));
  const frontends = rows.filter(({ svname }) => svname === "FRONTEND");
  return frontends
    .map(({ pxname = "", status = "" }) => {
      return { port: Number(pxname.slice("port_".length)), status, servers: serversOf(rows, pxname) };
    })
    .toSorted((a, b) => a.port - b.port);
}

function serversOf(rows: readonly Row[], listener: string): readonly SeenServer[] {
  const own = rows.filter(({ pxname, svname }) => pxname === listener && svname !== "FRONTEND" && svname !== "BACKEND");
  return own.map(serverOf).toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function serverOf({ svname = "", addr = "", status = "", weight = "", scur = "", stot = "" }: Row): SeenServer {
  const colon = addr.lastIndexOf(":");
  return {
    name: svname,
    ip: addr.slice(0, colon).replace(/^\[|\]$/g, ""),
    port: Number(addr.slice(colon + 1)),
    admin: adminOf(status, Number(weight)),
    status,
    weight: Number(weight),
    sessions: { now: Number(scur), total: Number(stot) },
  };
}

/** Drained at run time is a status of its own; drained in the file is weight 0. */
function adminOf(status: string, weight: number): SeenServer["admin"] {
  if (status.startsWith("MAINT")) return "maint";
  return status.startsWith("DRAIN") || weight === 0 ? "drain" : "ready";
}

/** The CSV of `show stat`, a row by the names in its head. Its fields hold no quotes: names come from us, words from HAProxy. */
function rowsOf(answer: string): readonly Row[] {
  const [head = "", ...lines] = answer.split("\n").filter((line) => line.includes(","));
  const names = head.replace(/^# /, "").split(",");
  return lines.map((line) => {
    const fields = line.split(",");
    return Object.fromEntries(names.map((name, at) => [name, fields[at] ?? ""]));
  });
}
