import { certificateSettingNames } from "@fairway/contract";
import type { ListenerCertificate } from "@fairway/haproxy";
import { holderKey } from "../registry/holder.ts";
import { byReadiness } from "./precedence.ts";
import type { SettingsGroup } from "./settings-group.ts";

/**
 * The certificates of a listener that stand in labels, by its groups in their order: those of the older claim's project
 * before a guest's, in it the default one first; of each service those of the newest container that is ready, so that a
 * deploy renews them.
 */
export function chooseCertificatesOf(ordered: readonly SettingsGroup[]): readonly ListenerCertificate[] {
  const asking = ordered.filter(({ settings }) =>
    certificateSettingNames.some((name) => Object.hasOwn(settings, name)),
  );
  const keyOf = ({ holder }: SettingsGroup) => holder && holderKey(holder);
  const holders = [...new Set(asking.map(keyOf))];
  return holders.flatMap((holder) => certificatesOfOne(asking.filter((group) => keyOf(group) === holder)));
}

function certificatesOfOne(ordered: readonly SettingsGroup[]): readonly ListenerCertificate[] {
  return certificateSettingNames.flatMap((name) => {
    const asking = ordered.filter(({ settings }) => Object.hasOwn(settings, name));
    const services = [...new Set(asking.map(({ service }) => service))];
    return services.flatMap((service) => {
      const groups = asking.filter((group) => group.service === service);
      const [winner] = groups.toSorted((a, b) => byReadiness(a.newest, b.newest));
      const id = winner?.settings[name];
      return id === undefined ? [] : [{ name: `${name} of ${service}`, id }];
    });
  });
}
