import { certificateSettingNames, nameOfFront, parseKey, portOfFront, shown, type Front } from "@fairway/contract";
import type { EndpointRejection } from "./desired.ts";
import { hintUnusable, type SettingsGroup } from "./settings-group.ts";

/**
 * What services of a name on a port ask for that is not theirs to say, as it holds for the clients of all names there.
 * `decides`: the project that has the port; undefined: nobody has.
 */
export function hintsAtName(
  front: Front,
  groups: Iterable<SettingsGroup>,
  decides: string | undefined,
): readonly EndpointRejection[] {
  const [port, name] = [portOfFront(front), nameOfFront(front)];
  if (name === undefined) return [];
  return [...groups].flatMap((group) =>
    problemsOf(group, { port, name, decides }).map((problem) => hintUnusable(group, port, problem)),
  );
}

type AtName = { readonly port: number; readonly name: string; readonly decides: string | undefined };

function problemsOf({ service, settings }: SettingsGroup, { port, name, decides }: AtName): readonly string[] {
  const isAsked = (setting: string) => [setting, `${setting}.${port}`].some((each) => Object.hasOwn(settings, each));
  const isDeciding = decides !== undefined && parseKey("", service)[0] === decides;
  const certificates = certificateSettingNames.filter(isAsked);
  return [
    ...(isAsked("ACCEPT_PROXY") && !isDeciding
      ? [
          `ACCEPT_PROXY has no effect for name ${shown(name)}: who tells addresses of clients says ${decides === undefined ? "who has the port" : `project ${shown(decides)} alone, which has the port`}`,
        ]
      : []),
    ...certificates.map(
      (setting) =>
        `${setting} has no effect for name ${shown(name)}: a certificate in a label could be for names of others who share the port; put it into the proxy's CERT_FOLDER`,
    ),
  ];
}
