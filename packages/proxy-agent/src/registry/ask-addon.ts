import { addonPort, decode, handoutPath, handoutSchema, reasonOf, shown, type Handout } from "@fairway/contract";
import { isIPv6 } from "node:net";
import type { RegistryAccess } from "@fairway/registry";
import { defaultGateway } from "./default-gateway.ts";

/** How long the addon has to answer. */
const answerMs = 5000;

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
  if (gateway !== undefined) return `http://${isIPv6(gateway) ? `[${gateway}]` : gateway}:${addonPort}${handoutPath}`;
  throw new Error("there is no default gateway to ask: set ADDON_URL, or ETCD_ENDPOINTS");
}

type Got = { readonly status: number; readonly text: string };

async function get(url: string, signal: AbortSignal): Promise<Got> {
  const controller = new AbortController();
  const stop = () => controller.abort(signal.reason);
  const late = new Error(`no answer within ${answerMs / 1000} s`);
  const timer = setTimeout(() => controller.abort(late), answerMs);
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
