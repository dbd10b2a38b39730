/** The operator's settings that become sections of haproxy.cfg, as text that HAProxy reads. */
export type ProxySettings = {
  readonly mode: "tcp" | "http";
  readonly balance: string;
  /** OPTION: each what stands after `option`. */
  readonly options: readonly string[];
  /** TIMEOUT: each what stands after `timeout`. */
  readonly timeouts: readonly string[];
  readonly maxconn: number;
  /** EXTRA_GLOBAL_SETTINGS: lines. */
  readonly extraGlobal: readonly string[];
  /** EXTRA_DEFAULT_SETTINGS: lines. */
  readonly extraDefaults: readonly string[];
  readonly rsyslogDestination: string;
  readonly statsPort: number;
  /** `user:password`; undefined: the stats page is on loopback alone. */
  readonly statsAuth: string | undefined;
  /** RELOAD_TIMEOUT in seconds: how long an old worker may finish; 0: as long as its connections live, -1: not at all. */
  readonly reloadTimeoutS: number;
  /** Path of the admin stats socket. */
  readonly socket: string;
  /** Local addresses of every listener. */
  readonly addresses: readonly string[];
};
