import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";

export const INSTALL_CHROMIUM = "apt-get install -y chromium";
/** Debian's place, or another one by name. */
const PLACES = [process.env.FIG_CHROMIUM ?? "", "/usr/bin/chromium"];

/** Debian calls for root, other systems for their own ways. */
function canInstall(): boolean {
  return process.getuid?.() === 0 && existsSync("/etc/debian_version");
}

function installed(): string | undefined {
  return PLACES.find((path) => path !== "" && existsSync(path));
}

/** Where Chromium is; on Debian, as root, it is installed if it is not there. Undefined: there is none. */
export function chromiumPath(): string | undefined {
  const found = installed();
  if (found !== undefined || !canInstall()) return found;
  process.stderr.write(`the browser tests need Chromium: ${INSTALL_CHROMIUM} ...\n`);
  const options = { stdio: "ignore", env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" } } as const;
  try {
    execFileSync("apt-get", ["update", "-qq"], options);
    execFileSync("apt-get", ["install", "-y", "-qq", "--no-install-recommends", "chromium"], options);
  } catch {
    // Without a network nothing can be installed: what is missing is said where it is skipped.
  }
  return installed();
}

/**
 * Chromium keeps the last of two lists of features. This one has the names that Playwright gives for pages and
 * for silence, and more: the address bar's own page, which each new window loads in 400 requests before it shows ours.
 */
const FEATURES_OFF = [
  "AvoidUnnecessaryBeforeUnloadCheckSync",
  "DestroyProfileOnBrowserClose",
  "PaintHolding",
  "HttpsUpgrades",
  "HttpsFirstBalancedModeAutoEnable",
  "ThirdPartyStoragePartitioning",
  "MediaRouter",
  "AvoidCorsURLLoaderRestartOnRedirect",
  "LensOverlay",
  "OptimizationHints",
  "NetworkTimeServiceQuerying",
  "AimEnabled",
  "PreconnectToSearch",
  "WebUIOmniboxPopup",
  "WebUIOmniboxAimPopup",
  "WebUIOmniboxFullPopup",
  "PreloadTopChromeWebUI",
  "WebUIReloadButton",
];

/** No service of the browser's own may call out while pages are tested. */
const QUIET = [
  "--disable-gpu",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
  `--disable-features=${FEATURES_OFF.join(",")}`,
];

export function launchChromium(executablePath: string): Promise<Browser> {
  // Chromium has no sandbox for root, nor in most containers; what it opens is this repository's own page.
  const sandbox = process.getuid?.() === 0 || inContainer() ? ["--no-sandbox"] : [];
  return chromium.launch({ executablePath, args: [...QUIET, ...sandbox] });
}

function inContainer(): boolean {
  if (existsSync("/.dockerenv")) return true;
  return existsSync("/proc/1/cgroup") && /docker|lxc|kubepods/.test(readFileSync("/proc/1/cgroup", "utf8"));
}
