/** How the registry is reached and as whom. Certificates, keys and the password are contents, not paths. */
export type RegistryAccess = {
  /** Members of etcd, such as `http://etcd-1:2379`; all `http` or all `https`. */
  readonly endpoints: readonly string[];
  /** Before every key, without a slash at its end: `/fairway/v1`. */
  readonly prefix: string;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** The authority that signed etcd's certificates (PEM). */
  readonly ca?: string | undefined;
  /** The client's certificate and its key (PEM). */
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  /** Whether the proxy is used that `http_proxy`, `https_proxy` and `no_proxy` of the environment name. (off) */
  readonly proxy?: "off" | "environment";
};
