import {
  decode,
  longestName,
  parseSettingsKey,
  readOperatorSettings,
  serviceSettingsSchema,
  serviceIdOf,
  settingsKey,
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
  #merged = new WeakMap<SeenEndpoint, { readonly by: SeenSettings; readonly endpoint: SeenEndpoint }>();

  constructor(known: readonly SeenSettings[]) {
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
    const { settings, problems } = readOperatorSettings(decoded.record.settings);
    this.#byService.set(serviceIdOf(settingsKey(service)), { key, settings });
    const reason = `the operator's settings of the service: ${problems.join("; ")}`;
    return { ok: true, seen: problems.length === 0 ? undefined : { key, code: "setting-not-valid", reason } };
  }

  delete(key: string): void {
    this.#byService.delete(serviceIdOf(key));
  }

  /** An endpoint with the operator's settings in place of its labels' ones: the same object until either changes. */
  applyTo(endpoint: SeenEndpoint): SeenEndpoint {
    const by = this.#byService.size === 0 ? undefined : this.#byService.get(endpoint.service);
    if (by === undefined || Object.keys(by.settings).length === 0) return endpoint;
    const known = this.#merged.get(endpoint);
    if (known?.by === by) return known.endpoint;
    const labels = "HEALTH_CHECK" in by.settings ? withoutProbe(endpoint.settings) : endpoint.settings;
    const settings = { ...labels, ...by.settings };
    const merged = { ...endpoint, settings, byOperator: Object.keys(by.settings) };
    this.#merged.set(endpoint, { by, endpoint: merged });
    return merged;
  }
}

/** An operator's check takes the place of a probe, which would come before it. */
function withoutProbe(settings: SeenEndpoint["settings"]): SeenEndpoint["settings"] {
  return settings && Object.fromEntries(Object.entries(settings).filter(([name]) => !name.startsWith("probe.")));
}
