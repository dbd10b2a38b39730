import { run } from "../processes/run.ts";

/** An IPv4 network: its first address as a number, and how many bits of it are fixed. */
type Network = { readonly first: number; readonly bits: number };

/** What `ip -json` says of links and of routes. */
type Link = { readonly addr_info: readonly { readonly local?: string; readonly prefixlen?: number }[] };
type Route = { readonly dst: string };

/**
 * Those of some networks that this machine does not use, in their order. A network is three numbers, as in `198.18.0`, and
 * has 256 addresses. Those that lie within a wider network of the machine, as behind a VPN, come last: the kernel prefers
 * the narrower one.
 */
export async function freeNetworks(candidates: readonly string[]): Promise<readonly string[]> {
  const [links, routes] = await Promise.all([
    run(["ip", "-json", "-4", "address", "show"]),
    run(["ip", "-json", "-4", "route", "show", "table", "all"]),
  ]);
  return choose(candidates, networksIn(JSON.parse(links) as readonly Link[], JSON.parse(routes) as readonly Route[]));
}

/** As {@link freeNetworks}, of a machine that uses these, each as in `198.18.0.0/15`. */
export function choose(candidates: readonly string[], used: readonly string[]): readonly string[] {
  const all = used.map(parse);
  const overlapping = (candidate: string) => all.filter((each) => overlap(parse(`${candidate}.0/24`), each));
  const free = candidates.filter((each) => overlapping(each).length === 0);
  const within = candidates.filter((each) => !free.includes(each) && overlapping(each).every(({ bits }) => bits < 24));
  return [...free, ...within];
}

/** The networks of all addresses, each address itself, and where routes lead. */
function networksIn(links: readonly Link[], routes: readonly Route[]): readonly string[] {
  // JSON of `ip` has an empty object for each link that has no address.
  const addresses = links.flatMap(({ addr_info = [] }: Partial<Link>) => addr_info);
  const own = addresses.flatMap(({ local, prefixlen }) =>
    local === undefined ? [] : [`${local}/32`, `${local}/${prefixlen ?? 32}`],
  );
  return [...own, ...routes.map(({ dst }) => dst).filter((dst) => dst !== "default")];
}

function parse(network: string): Network {
  const [address = "", bits = "32"] = network.split("/");
  const first = address.split(".").reduce((sum, each) => sum * 256 + Number(each), 0);
  return { first: first - (first % sizeOf(Number(bits))), bits: Number(bits) };
}

function overlap(one: Network, other: Network): boolean {
  return one.first < other.first + sizeOf(other.bits) && other.first < one.first + sizeOf(one.bits);
}

function sizeOf(bits: number): number {
  return 2 ** (32 - bits);
}
