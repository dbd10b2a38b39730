/** Where a probe looks: a port of the container, and over HTTP a path that must be answered with 2xx or 3xx. */
export type Probe =
  | { readonly scheme: "tcp"; readonly port: number }
  | { readonly scheme: "http"; readonly port: number; readonly path: string };

/** Reads `aliyun.probe.url`; undefined: it is none. */
export function readProbeUrl(text: string): Probe | undefined {
  const [, scheme = "", given = scheme === "http" ? "80" : "", path = ""] = urlForm.exec(text.trim()) ?? [];
  const port = Number(given);
  if (port < 1 || port > 65535 || path.length > longestPath) return undefined;
  if (scheme === "http") return { scheme, port, path: path === "" ? "/" : path };
  return scheme === "tcp" && path === "" ? { scheme, port } : undefined;
}

/** A path has what a URL's may have and HAProxy reads as it stands: no quote, `$`, `#` or backslash. */
const urlForm = /^(tcp|http):\/\/container(?::([0-9]{1,5}))?(\/[A-Za-z0-9/._~!*()@:+=,;?&%-]*)?$/;
const longestPath = 500;

/** The kind of check that a probe over HTTP makes of its listener's; undefined: it makes none. */
export function probeLine(url: string | undefined): string | undefined {
  const probe = url === undefined ? undefined : readProbeUrl(url);
  return probe?.scheme === "http" ? `option httpchk GET ${probe.path}` : undefined;
}
