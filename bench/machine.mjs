// What a measurement is worth nothing without: the machine, the date, the versions. And what must be installed.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { cpus, release, totalmem } from "node:os";
import { fileURLToPath } from "node:url";

const NEEDED = {
  wrk: "wrk",
  h2load: "nghttp2-client",
  nginx: "nginx",
  haproxy: "haproxy",
  curl: "curl",
  taskset: "util-linux",
};

/** Debian keeps servers in sbin, which is not on everybody's PATH. */
process.env.PATH = `${process.env.PATH}:/usr/sbin:/sbin`;

/** Throws what to install, fig's own build excepted: that is made. */
export function requireTools(tools = Object.keys(NEEDED)) {
  const missing = tools.filter((tool) => spawnSync("which", [tool]).status !== 0);
  if (missing.length > 0) {
    const packages = [...new Set(missing.map((tool) => NEEDED[tool]))].join(" ");
    throw new Error(`not installed: ${missing.join(", ")}. Run: apt-get install -y ${packages}`);
  }
  if (Number(process.versions.node.split(".")[0]) < 24) {
    throw new Error(
      `this is Node ${process.versions.node}; run \`npm run bench\` from the repository's root, which brings 24`,
    );
  }
  // fig as it is in the sources, not as it was built last.
  execFileSync(process.execPath, [fileURLToPath(new URL("../scripts/setup.mjs", import.meta.url))], {
    stdio: ["ignore", 2, 2],
  });
  if (cpus().length < 2)
    throw new Error("needs two cores: one for the proxy, one for the load and the upstream");
}

export function requirePeers() {
  if (!existsSync(new URL("./node_modules/httpxy", import.meta.url))) {
    throw new Error("the peers are not installed. Run: npm --prefix bench ci");
  }
}

function firstLine(command, args, pattern) {
  const result = spawnSync(command, args, { encoding: "utf8" });
  return pattern.exec(`${result.stdout}${result.stderr}`)?.[1] ?? "?";
}

function packageVersion(name) {
  return JSON.parse(readFileSync(new URL(`./node_modules/${name}/package.json`, import.meta.url), "utf8"))
    .version;
}

export function describeMachine() {
  const root = new URL("..", import.meta.url);
  const git = (...args) => {
    try {
      return execFileSync("git", args, { cwd: root, encoding: "utf8" }).trim();
    } catch {
      return "?";
    }
  };
  return {
    date: new Date().toISOString(),
    cpu: cpus()[0].model,
    cores: cpus().length,
    memoryGib: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    versions: {
      fig: `${JSON.parse(readFileSync(new URL("package.json", root), "utf8")).version} (${git("rev-parse", "--short", "HEAD")})`,
      node: process.versions.node,
      nginx: firstLine("nginx", ["-v"], /nginx\/(\S+)/),
      haproxy: firstLine("haproxy", ["-v"], /version (\S+)/),
      "http-proxy": packageVersion("http-proxy"),
      httpxy: packageVersion("httpxy"),
      "@fastify/http-proxy": packageVersion("@fastify/http-proxy"),
      wrk: firstLine("wrk", ["-v"], /wrk (\S+)/),
      h2load: firstLine("h2load", ["--version"], /nghttp2\/(\S+)/),
      curl: firstLine("curl", ["--version"], /curl (\S+)/),
    },
  };
}
