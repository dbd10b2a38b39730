import { accessSync, constants, existsSync } from "node:fs";
import { join } from "node:path";
import { quietly, SetUpFailed } from "./command.mjs";
import { mendPolicy, withoutServiceStarts } from "./policy.mjs";

/** Programs that are run, and the packages that bring them. */
const packageOf = {
  etcd: "etcd-server",
  etcdctl: "etcd-client",
  haproxy: "haproxy",
  dockerd: "docker.io",
  docker: "docker.io docker-cli",
  "redis-server": "redis-server",
  "redis-cli": "redis-tools",
  ip: "iproute2",
  iptables: "iptables",
  nsenter: "util-linux",
  setpriv: "util-linux",
  unshare: "util-linux",
  flock: "util-linux",
  socat: "socat",
  openssl: "openssl",
  ldd: "libc-bin",
  tar: "tar",
};

/** What building container images and exercising `deploy/` takes beside. */
const packageOfImages = {
  mmdebstrap: "mmdebstrap",
  "docker-compose": "docker-compose",
  "systemd-analyze": "systemd",
  rsyslogd: "rsyslog",
  keepalived: "keepalived",
};

/** What tests take beside: servers that are checked, the recipes of the documentation, a rootless engine. */
const packageOfTests = {
  pg_lsclusters: "postgresql",
  mariadbd: "mariadb-server-core",
  smtpd: "opensmtpd",
  nginx: "nginx-light",
  pebble: "pebble",
  chromium: "chromium",
  rootlesskit: "rootlesskit",
  slirp4netns: "slirp4netns",
  newuidmap: "uidmap",
  certbot: "certbot",
  lego: "lego",
};

/**
 * Installs the Debian packages of programs that the machine lacks, without starting their services. What is there is
 * used as it is.
 * @param {{ images: boolean, tests: boolean, signal: AbortSignal }} options
 * @throws {SetUpFailed} with the commands to run where it cannot install
 */
export async function ensurePrograms({ images, tests, signal }) {
  if (process.getuid?.() === 0) mendPolicy();
  const programs = { ...packageOf, ...(images && packageOfImages), ...(tests && packageOfTests) };
  const missing = Object.entries(programs).filter(([program]) => !isInstalled(program));
  if (missing.length === 0) return;
  const wanted = [...new Set(missing.flatMap(([, packages]) => packages.split(" ")))];
  if (process.getuid?.() !== 0 || !isInstalled("apt-get"))
    throw new SetUpFailed(
      advice(
        missing.map(([name]) => name),
        wanted,
      ),
    );
  console.log(`installing ${wanted.join(", ")} (their services are not started)`);
  await install(wanted, signal);
  const still = Object.keys(programs).filter((program) => !isInstalled(program));
  if (still.length > 0) throw new SetUpFailed(advice(still, wanted));
  if (existsSync("/run/systemd/system"))
    console.log("  systemd starts those services at the next boot, unless you `systemctl disable` them");
}

/**
 * @param {readonly string[]} wanted
 * @param {AbortSignal} signal
 */
async function install(wanted, signal) {
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  await quietly(["apt-get", "update"], { log: "apt-update.log", signal, env });
  const known = await knownPackages(wanted, signal);
  // Nothing interrupts it: dpkg would be left half done. Nothing that is there is removed, such as another mail server.
  const options = ["-y", "--no-remove", "--no-install-recommends", "-o", "Dpkg::Use-Pty=0"];
  await withoutServiceStarts(() =>
    quietly(["apt-get", "install", ...options, ...known], { log: "apt-install.log", env }),
  );
  signal.throwIfAborted();
}

/**
 * Debian 13 has the client of Docker in a package of its own, Debian 12 does not know that package.
 * @param {readonly string[]} wanted
 * @param {AbortSignal} signal
 */
async function knownPackages(wanted, signal) {
  const isKnown = async (/** @type {string} */ name) =>
    quietly(["apt-cache", "show", name], { log: "apt-cache.log", signal }).then(
      () => true,
      () => false,
    );
  const answers = await Promise.all(wanted.map(isKnown));
  return wanted.filter((name, at) => answers[at] || name !== "docker-cli");
}

/** @param {string} program */
function isInstalled(program) {
  const path = (process.env["PATH"] ?? "").split(":").concat("/usr/local/sbin", "/usr/sbin", "/sbin");
  return path.some((directory) => isExecutable(join(directory, program)));
}

/** @param {string} file */
function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * @param {readonly string[]} missing
 * @param {readonly string[]} packages
 */
function advice(missing, packages) {
  const names = packages.filter((name) => name !== "docker-cli").join(" ");
  return [
    `missing on this machine: ${missing.join(", ")}. On Debian or Ubuntu, run as root:`,
    "apt-get update",
    `apt-get install -y --no-install-recommends ${names}`,
    "and start again.",
  ].join("\n  ");
}
