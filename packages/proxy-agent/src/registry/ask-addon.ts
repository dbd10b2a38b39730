import { addonPort, decode, handoutPath, handoutSchema, reasonOf, shown, type Handout } from "@fairway/contract";
import { readFile } from "node:fs/promises";
import { endianness } from "node:os";
import type { RegistryAccess } from "@fairway/registry";

const patienceMs = 5000;

/**
 * Asks the addon for this container's subscription: at `url`, or at the default gateway. Rejects with a sentence that
 * says where it asked and why there is none.
 */
export async function askAddon(url: string | undefined, signal: AbortSignal): Promise<Handout> {
  const asked = url ?? (await atDefaultGateway());
  const { status, text } = await get(asked, signal);
  if (status !== 200) throw new Error(`${asked} refuses: ${refusalIn(text) ?? `it answers ${status}`}`);
  const handout = decode(handoutSchema, text);
  if (handout.ok) return handout.record;
  throw new Error(`${asked} answers what cannot be used: ${handout.reason}`);
}

async function atDefaultGateway(): Promise<string> {
  const gateway = await defaultGateway();
  if (gateway !== undefined) return `http://${gateway}:${addonPort}${handoutPath}`;
  throw new Error("there is no default gateway to ask: set ADDON_URL, or ETCD_ENDPOINTS");
}

type Got = { readonly status: number; readonly text: string };

async function get(url: string, signal: AbortSignal): Promise<Got> {
  const controller = new AbortController();
  const stop = () => controller.abort(signal.reason);
  const late = new Error(`no answer within ${patienceMs / 1000} s`);
  const timer = setTimeout(() => controller.abort(late), patienceMs);
  signal.addEventListener("abort", stop, { once: true });
  try {
    const response = await fetch(url, { signal: controller.signal, redirect: "error" });
    return { status: response.status, text: await response.text() };
  } catch (error) {
    throw new Error(`${url} does not answer: ${causeOf(error)}`, { cause: error });
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", stop);
  }
}

/** `fetch` hides what happened behind "fetch failed". */
function causeOf(error: unknown): string {
  return reasonOf(error instanceof Error && error.cause !== undefined ? error.cause : error);
}

function refusalIn(text: string): string | undefined {
  try {
    const { error } = JSON.parse(text) as { error?: unknown };
    return typeof error === "string" ? shown(error) : undefined;
  } catch {
    return undefined;
  }
}

/** Routes are up and lead through a gateway. */
const upThroughGateway = 0x3;

/** The address of the IPv4 default gateway in the text of `/proc/net/route`, the nearest one; undefined: there is none. */
export function defaultGatewayIn(routes: string, byteOrder: "LE" | "BE" = endianness()): string | undefined {
  const defaults = routes
    .split("\n")
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter(([, destination, gateway, flags, , , , mask]) => {
      const isDefault = destination === "00000000" && mask === "00000000";
      return (
        isDefault && isAddress(gateway) && (Number.parseInt(flags ?? "", 16) & upThroughGateway) === upThroughGateway
      );
    })
    .map(([, , gateway = "", , , , metric]) => ({ gateway, metric: Number(metric) }));
  const [nearest] = defaults.sort((a, b) => a.metric - b.metric);
  return nearest && addressOf(nearest.gateway, byteOrder);
}

/** The default gateway of this network namespace now. Rejects where `/proc` is not to be read. */
export async function defaultGateway(): Promise<string | undefined> {
  return defaultGatewayIn(await readFile("/proc/net/route", "utf8"));
}

function isAddress(hex: string | undefined): boolean {
  return hex !== undefined && /^[0-9A-Fa-f]{8}$/.test(hex) && hex !== "00000000";
}

/** The kernel writes the four bytes as one number, in the machine's order. */
function addressOf(hex: string, byteOrder: "LE" | "BE"): string {
  const bytes = [...Buffer.from(hex, "hex")];
  return (byteOrder === "LE" ? bytes.toReversed() : bytes).join(".");
}

/** The way to the registry that a handout tells. */
export function accessIn({ registry }: Handout): RegistryAccess {
  const { username, password, ca, cert, key, ...rest } = registry;
  return {
    ...rest,
    username: username ?? undefined,
    password: password ?? undefined,
    ca: ca ?? undefined,
    cert: cert ?? undefined,
    key: key ?? undefined,
  };
}
