import { fileURLToPath } from "node:url";
import { machineImage, run } from "@fairway/standalone";

const directory = fileURLToPath(new URL("../../.fairway/images", import.meta.url));

/** Takes what is sent to its port and shows it as its own output. */
const server = `#!/bin/sh
cat >/tmp/rsyslog.conf <<'END'
module(load="imudp")
input(type="imudp" port="514")
*.* action(type="omfile" file="/dev/stdout")
END
exec rsyslogd -n -i NONE -f /tmp/rsyslog.conf
`;

/** Gives an engine an image of this machine's rsyslog under a name. */
export async function importRsyslogImage(dockerHost: string, name: string): Promise<void> {
  const found = await run(["find", "/usr/lib", "/lib", "-path", "*/rsyslog/*", "-name", "*.so"]);
  const plugins = found.split("\n").filter((path) => /\/(imudp|lmnet)\.so$/.test(path));
  const facts = { programs: ["rsyslogd", "sh", "cat"], plugins, scripts: { "log-server": server } };
  const tar = await machineImage(facts, directory);
  await run(["docker", "--host", dockerHost, "import", "--change", 'CMD ["log-server"]', tar, name]);
}
