// An object of 1 GiB goes up through a front door and comes down again, whole, while its memory stays: a fig process before
// @20minutes/s3rver, which checks signatures, both on this machine. Over plain HTTP, where bodies are signed in chunks, and over TLS.
// Each run has processes that have done nothing before, with the flags that fig has by itself: one for up and then down, one for
// down alone. Growth is the peak RSS as the kernel keeps it, less the RSS before. Exit 1 if bytes differ, if a bucket got a request
// that was not signed, or if a process grew by 32 MiB or more (over TLS 64). `npm run buckets -- [--mib 1024] [--runs 3]`
import { execFileSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { startFig, startNode } from "../test/e2e/fig-process.ts";
import { wholeNumbers } from "./whole-numbers.mjs";

const { values } = parseArgs({
  options: { mib: { type: "string", default: "1024" }, runs: { type: "string", default: "3" } },
});
const { mib, runs } = wholeNumbers("buckets", values);

const MIB = 1024 * 1024;
const MAX_GROWN_MIB = { http: 32, https: 64 };

const folder = mkdtempSync(join(tmpdir(), "fig-buckets-"));
const [cert, key] = [join(folder, "s3.pem"), join(folder, "s3.key")];
const COUNTERPART = `
import { readFileSync } from "node:fs";
import { startS3 } from ${JSON.stringify(new URL("../test/support/s3-counterpart.ts", import.meta.url).href)};
const [cert, key] = process.argv.slice(2).map((file) => readFileSync(file, "utf8"));
const s3 = await startS3(cert === undefined ? undefined : { cert, key });
process.stdout.write(JSON.stringify({ url: s3.url }) + "\\n");
process.on("SIGTERM", async () => {
  const unsigned = s3.sent.filter(({ headers }) => !String(headers.authorization).startsWith("AWS4-HMAC-SHA256 "));
  await s3.close();
  process.exit(s3.sent.length > 0 && unsigned.length === 0 ? 0 : 1);
});
`;
writeFileSync(join(folder, "s3.ts"), COUNTERPART);
const COMMAND = [
  "req",
  "-x509",
  "-newkey",
  "ec",
  "-pkeyopt",
  "ec_paramgen_curve:P-256",
  "-nodes",
  "-days",
  "2",
];
const NAMES = ["-subj", "/CN=s3", "-addext", "subjectAltName=IP:127.0.0.1"];
execFileSync("openssl", [...COMMAND, ...NAMES, "-keyout", key, "-out", cert], { stdio: "pipe" });

const statusMib = (pid, field) =>
  Number(new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) /
  1024;

/** Resident memory of a process, MiB; its peak begins anew. */
function resident(pid) {
  writeFileSync(`/proc/${pid}/clear_refs`, "5");
  return statusMib(pid, "VmRSS");
}

const block = randomBytes(MIB);

/** Puts it as fast as it is taken; gives its hash. */
async function up(url) {
  const hash = createHash("sha256");
  const asking = request(url, { method: "PUT", headers: { "content-length": String(mib * MIB) } });
  const answered = once(asking, "response");
  for (let i = 0; i < mib; i++) {
    block.writeUInt32LE(i);
    hash.update(block);
    if (!asking.write(Buffer.from(block))) await once(asking, "drain");
  }
  asking.end();
  const [answer] = await answered;
  const text = Buffer.concat(await answer.toArray()).toString();
  if (answer.statusCode !== 200) throw new Error(`PUT was answered with ${answer.statusCode}: ${text}`);
  return hash.digest("hex");
}

async function down(url) {
  const hash = createHash("sha256");
  const asking = request(url).end();
  const [answer] = await once(asking, "response");
  if (answer.statusCode !== 200) throw new Error(`GET was answered with ${answer.statusCode}`);
  for await (const chunk of answer) hash.update(chunk);
  return hash.digest("hex");
}

/** A fig process that has done nothing yet goes `ways`, one after the other: what it took, and what came of it. */
async function through(config, ways) {
  const fig = await startFig(config, { AWS_ACCESS_KEY_ID: "S3RVER", AWS_SECRET_ACCESS_KEY: "S3RVER" });
  try {
    const before = resident(fig.pid);
    const went = [];
    for (const way of ways) {
      const began = performance.now();
      const hash = await way(`${fig.ready.url}/large.bin`);
      const seconds = (performance.now() - began) / 1000;
      went.push({ hash, rate: mib / seconds, grown: statusMib(fig.pid, "VmHWM") - before });
    }
    return went;
  } finally {
    await fig.stop();
  }
}

const shown = ({ rate, grown }) => `${Math.round(rate)} MiB/s, +${grown.toFixed(1)} MiB`;

/** Over one scheme: the most that any process grew by, MiB. */
async function measure(scheme) {
  const s3 = await startNode([join(folder, "s3.ts"), ...(scheme === "https" ? [cert, key] : [])], {
    env: { TMPDIR: folder },
  });
  let most = 0;
  let code;
  try {
    const config = join(folder, scheme, "fig.yaml");
    mkdirSync(join(folder, scheme, "routes"), { recursive: true });
    const tls = scheme === "https" ? `, tls: { ca: "${cert}" }` : "";
    writeFileSync(
      config,
      `listen: 127.0.0.1:0
admin: 127.0.0.1:0
state: "memory:"
upstreams:
  assets: { s3: { bucket: shop-assets, endpoint: "${s3.ready.url}", region: us-east-1, write: true }, timeout: 10m${tls} }
`,
    );
    writeFileSync(
      join(folder, scheme, "routes/all.yaml"),
      `routes:
  - { id: all, match: { path: "/{key+}" }, modern: assets, retired: true }
`,
    );
    for (let run = 1; run <= runs; run++) {
      const [sent, got] = await through(config, [up, down]);
      const [alone] = await through(config, [down]);
      console.log(
        `${scheme} ${run}: up ${shown(sent)}; then down ${shown(got)} in all; down alone ${shown(alone)}`,
      );
      if (sent.hash !== got.hash || sent.hash !== alone.hash)
        throw new Error("what came down is not what went up");
      most = Math.max(most, got.grown, alone.grown);
    }
  } finally {
    code = await s3.stop();
  }
  if (code !== 0) throw new Error("a request to the bucket was not signed");
  return most;
}

try {
  for (const scheme of ["http", "https"]) {
    const most = await measure(scheme);
    console.log(`${scheme}: ${mib} MiB up and down, a process grew by ${most.toFixed(1)} MiB at most`);
    if (most >= MAX_GROWN_MIB[scheme])
      throw new Error(`a process grew by ${most.toFixed(1)} MiB over ${scheme}`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
