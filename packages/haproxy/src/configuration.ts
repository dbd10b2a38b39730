/** A configuration of HAProxy: immutable, sorted, free of anything that only a moment knows. */
export type Configuration = {
  readonly sections: Sections;
  /** Sorted by port and name; one for each front port and each name on one. An unchanged listener is the same object as before. */
  readonly listeners: readonly Listener[];
};

/** Everything outside the listeners; a change of it reloads. */
export type Sections = {
  readonly global: readonly Line[];
  readonly defaults: readonly Line[];
  /** Whole sections: the stats page and what it needs. */
  readonly stats: readonly Line[];
  /** Whole sections: where HAProxy's health is asked. (nowhere) */
  readonly monitor?: readonly Line[];
  /** Whole sections: further backends of the operator's. (none) */
  readonly backends?: readonly Line[];
};

/** One line inside a section, and who is to blame if HAProxy refuses it. */
export type Line = { readonly text: string; readonly from: Origin };

/** Whose text a line of haproxy.cfg carries: services (by their labels) and settings, by name. Both empty: ours. */
export type Origin = {
  readonly services: readonly string[];
  readonly settings: readonly string[];
  /** The name of the server whose line it is. (none's) */
  readonly server?: string;
};

/**
 * One `listen` section, named `port_<port>`. Of a port with names on it a `frontend`, which has `names` and no servers; with
 * `name` the `backend` of one of these, whose settings have neither addresses nor words of a `bind` line.
 */
export type Listener = {
  readonly port: number;
  readonly name?: string | undefined;
  readonly names?: PortNames | undefined;
  readonly ssl: boolean;
  /** Of a name: its clients ask first whether TLS may be opened, as those of PostgreSQL do. (false) */
  readonly isGreeted?: boolean | undefined;
  /** The names of the services behind it, sorted. */
  readonly services: readonly string[];
  readonly settings: ListenerSettings;
  /** Sorted by name. */
  readonly servers: readonly Server[];
  /** Some of them are local. (false) */
  readonly hasLocalServers?: boolean;
};

/** The names on a port. */
export type PortNames = {
  /** Sorted by name. `isOpened`: its TLS ends here, and is passed through otherwise; `isGreeted`: as of {@link Listener}. */
  readonly routes: readonly { readonly name: string; readonly isOpened: boolean; readonly isGreeted?: boolean }[];
  /** Words of a `bind` line that opens TLS, for the names that are opened. */
  readonly tls: readonly string[];
  /** Files of the names that certificates are for, as {@link ListenerSettings.lines} of other listeners name them. */
  readonly certificates: readonly string[];
  /** The lines of a name whose containers ask for nothing: spare backends have them. */
  readonly plain: readonly Line[];
  /** Names that are kept for somebody: who asks for one that nobody has is not sent to who has every other name. */
  readonly kept: readonly string[];
};

/** What a listener's section holds beside its servers; a change of it reloads. */
export type ListenerSettings = {
  /** Local addresses it is bound to, one `bind` line each: `0.0.0.0`, `::` (IPv6 alone), or one address. */
  readonly addresses: readonly string[];
  /** Words after the address and port of each of its `bind` lines. */
  readonly bind: readonly string[];
  /** Further lines of the section; the same object until one changes. (none) */
  readonly lines?: readonly Line[] | undefined;
  /** Who may connect: changed at run time, but for whether there is a list; the same object until one changes. (all) */
  readonly lists?: readonly ListenerList[] | undefined;
  /**
   * What it serves with TLS before the certificates of all, the default one first; in a crt-list of its own that `bind`
   * names. Changed at run time; the same object until one changes. (none)
   */
  readonly certificates?: readonly ListenerCertificate[] | undefined;
  /** Connections wait while no server is up: from so many on, others are refused then. (none wait) */
  readonly mostWaiting?: number | undefined;
};

/** A certificate of one listener, without its text. */
export type ListenerCertificate = {
  /** For people. */
  readonly name: string;
  /** Opaque here. */
  readonly id: string;
};

/** What a listener asks of those who connect; it stands in a file of its own. */
export type ListenerList = AddressList | SourceLimit;

/**
 * Networks from which alone a listener is reached (`allow`), from which it is not (`deny`), or whose connections begin
 * with a PROXY header (`accept-proxy`).
 */
export type AddressList = {
  readonly kind: "allow" | "deny" | "accept-proxy";
  readonly networks: readonly string[];
  readonly from: Origin;
};

/** How many connections a listener takes from one source: in a time (`rate`), or at once (`connections`). */
export type SourceLimit = {
  readonly kind: "rate" | "connections";
  readonly most: number;
  /** The time of a `rate`, in HAProxy's words; a change of it reloads. */
  readonly per?: "1s" | "1m" | undefined;
  readonly from: Origin;
};

/** One `server` line. */
export type Server = {
  /** Whoever makes it gives another line another name: same name, same server. */
  readonly name: string;
  readonly ip: string;
  readonly port: number;
  /** `drain`: no new connections, established ones stay. */
  readonly admin: "ready" | "drain";
  /** By what it has its place among the others where a hash of the client chooses one. (HAProxy numbers it itself) */
  readonly id?: number | undefined;
  /** Words after the address, the same in the file and in `add server`. */
  readonly options: readonly string[];
  /** What these would be without the text of labels. (just these) */
  readonly plain?: readonly string[];
  /** At an address that HAProxy's listeners are bound to: it is HAProxy itself if there is one of its port. (false) */
  readonly isLocal?: boolean;
  /** Down until its check passes: at its start, and when it comes. (it is up until its check fails) */
  readonly startsDown?: boolean;
  /** Where else its endpoint is, `ip port` each: connections to there may last. (nowhere) */
  readonly elsewhere?: readonly string[];
  /** How long it takes to come to its weight when it arrives beside others. (as the others) */
  readonly slowStartMs?: number;
  /** How long connections to it may last once it is gone. (as those to others) */
  readonly drainTimeoutMs?: number;
  /** The endpoint it serves; opaque here. */
  readonly endpoint: string;
};
