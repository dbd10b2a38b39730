import {
  claimKey,
  claimsOfEndpoint,
  decode,
  type EndpointRecord,
  endpointRecordSchema,
  parseEndpointKey,
} from "@fairway/contract";
import type { Stored } from "../stored.ts";

/** What an endpoint asks for. */
export type Asked = {
  /** The keys of its claims. */
  readonly claims: readonly string[];
  /** When its container was made, ISO 8601. */
  readonly createdAt: EndpointRecord["container"]["createdAt"];
  /** What its label SHARE says; undefined: it has none. */
  readonly share: string | undefined;
};

/** What an endpoint asks for; undefined: its record cannot be read, or it is none. */
export function readAsked({ key, value }: Pick<Stored, "key" | "value">): Asked | undefined {
  const endpoint = parseEndpointKey(key);
  const decoded = endpoint && decode(endpointRecordSchema, value);
  if (endpoint === undefined || !decoded?.ok) return undefined;
  const { record } = decoded;
  const { createdAt } = record.container;
  return { claims: claimsOfEndpoint(endpoint, record).map(claimKey), createdAt, share: record.settings["SHARE"] };
}
