import {
  decode,
  longestName,
  parseSettingsKey,
  readOperatorSettings,
  serviceSettingsSchema,
  serviceIdOf,
  settingsAt,
  settingsKey,
  type LabelTrust,
} from "@fairway/contract";
import type { Stored } from "@fairway/registry";
import { z } from "zod";
import { unreadable, type Read, type SeenEndpoint, type UnreadableRecord } from "./seen.ts";

/** The operator's settings of one service, as they stand in snapshot.json. */
export const seenSettingsSchema = z.object({
  /** Relative to the registry's prefix. */
  key: z.string(),
  settings: z.record(z.string(), z.string()),
});

/** See {@link seenSettingsSchema}. */
export type SeenSettings = Readonly<z.output<typeof seenSettingsSchema>>;

/**
 * What operators set for services, `settings/<project>/<service>`: stronger than labels. A record that cannot be read
 * changes nothing; of one that can be, what cannot be used is left out.
 */
export class ServiceSettings {
  /** By service, as endpoints name it. */
  readonly #byService: Map<string, SeenSettings>;
  readonly #trust: LabelTrust;
  readonly #merged = new WeakMap<SeenEndpoint, Map<number, Merged>>();

  /** `trust`: how much of HAProxy's language they may use. */
  constructor(known: readonly SeenSettings[], trust: LabelTrust = "listed") {
    this.#trust = trust;
    this.#byService = new Map(known.map((each) => [serviceIdOf(each.key), each]));
  }

  values(): readonly SeenSettings[] {
    return [...this.#byService.values()];
  }

  /** Takes a record in, and answers what of it cannot be used, if anything. */
  put(stored: Stored): Read<UnreadableRecord | undefined> {
    const { key } = stored;
    const service = parseSettingsKey(key);
    if (service === undefined || Math.max(service.project.length, service.service.length) > longestName)
      return unreadable(key, { code: "key-not-valid", reason: "the key is not that of a service's settings" });
    const decoded = decode(serviceSettingsSchema, stored.value);
    if (!decoded.ok) return unreadable(key, decoded);
    const { settings, problems } = readOperatorSettings(decoded.record.settings, this.#trust);
    this.#byService.set(serviceIdOf(settingsKey(service)), { key, settings });
    const reason = `the operator's settings of the service: ${problems.join("; ")}`;
    return { ok: true, seen: problems.length === 0 ? undefined : { key, code: "setting-not-valid", reason } };
  }

  delete(key: string): void {
    this.#byService.delete(serviceIdOf(key));
  }

  /** An endpoint with the operator's settings in place of its labels' ones, as they are written. */
  applyTo(endpoint: SeenEndpoint): SeenEndpoint {
    const by = this.#byOperator(endpoint);
    return by === undefined ? endpoint : merge(endpoint, endpoint.settings, by.settings);
  }

  /**
   * An endpoint as its settings are behind one front port, the operator's in place of its labels' ones: the same object
   * until either changes.
   */
  applyAt(port: number, endpoint: SeenEndpoint): SeenEndpoint {
    const by = this.#byOperator(endpoint);
    const labels = endpoint.settings && settingsAt(endpoint.settings, port);
    if (by === undefined && labels === endpoint.settings) return endpoint;
    const known = this.#merged.get(endpoint)?.get(port);
    if (known !== undefined && known.by === by) return known.endpoint;
    const merged = merge(endpoint, labels, settingsAt(by?.settings ?? {}, port));
    this.#merged.set(endpoint, (this.#merged.get(endpoint) ?? new Map()).set(port, { by, endpoint: merged }));
    return merged;
  }

  #byOperator({ service }: SeenEndpoint): SeenSettings | undefined {
    const by = this.#byService.size === 0 ? undefined : this.#byService.get(service);
    return by === undefined || Object.keys(by.settings).length === 0 ? undefined : by;
  }
}

/** What an endpoint comes to by what an operator set. */
type Merged = { readonly by: SeenSettings | undefined; readonly endpoint: SeenEndpoint };

function merge(endpoint: SeenEndpoint, labels: SeenEndpoint["settings"], operator: SeenSettings["settings"]) {
  const own = "HEALTH_CHECK" in operator ? withoutProbe(labels) : labels;
  const byOperator = Object.keys(operator);
  return { ...endpoint, settings: { ...own, ...operator }, ...(byOperator.length > 0 && { byOperator }) };
}

/** An operator's check takes the place of a probe, which would come before it. */
function withoutProbe(settings: SeenEndpoint["settings"]): SeenEndpoint["settings"] {
  return settings && Object.fromEntries(Object.entries(settings).filter(([name]) => !name.startsWith("probe.")));
}
