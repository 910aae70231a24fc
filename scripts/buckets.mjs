// An object of 1 GiB goes up through a front door and comes down again, whole, while its memory stays: a fig process before
// @20minutes/s3rver, which checks signatures, both on this machine. Prints what each way took; exit 1 if bytes differ, or if the process
// grew by 32 MiB or more. It runs in a small heap: V8's young generation is then small (docs/decisions/0016), and what grows is what is
// held. In a large one garbage alone fills 64 MiB before it is collected once, whatever the size of the object. `npm run buckets -- [--mib 1024]`
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { startFig, startNode } from "../test/e2e/fig-process.ts";
import { wholeNumbers } from "./whole-numbers.mjs";

const { values } = parseArgs({ options: { mib: { type: "string", default: "1024" } } });
const { mib } = wholeNumbers("buckets", values);

const MIB = 1024 * 1024;
const MAX_GROWN = 32 * MIB;
const HEAP_MIB = 256;
const LOOK_MS = 50;

const folder = mkdtempSync(join(tmpdir(), "fig-buckets-"));
const S3 = `
import { startS3 } from ${JSON.stringify(new URL("../test/support/s3-counterpart.ts", import.meta.url).href)};
const { url } = await startS3();
process.stdout.write(JSON.stringify({ url }) + "\\n");
`;
writeFileSync(join(folder, "s3.ts"), S3);

/** Resident memory of a process, bytes. */
function resident(pid) {
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Number(kib) * 1024;
}

const block = randomBytes(MIB);

/** Puts so many MiB, as fast as they are taken. */
async function up(url, count) {
  const hash = createHash("sha256");
  const asking = request(url, { method: "PUT", headers: { "content-length": String(count * MIB) } });
  const answered = once(asking, "response");
  for (let i = 0; i < count; i++) {
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

let s3;
let fig;
try {
  s3 = await startNode([join(folder, "s3.ts")], { env: { TMPDIR: folder } });
  writeFileSync(
    join(folder, "fig.yaml"),
    `listen: 127.0.0.1:0
admin: 127.0.0.1:0
state: "memory:"
upstreams:
  assets: { s3: { bucket: shop-assets, endpoint: "${s3.ready.url}", region: us-east-1, write: true }, timeout: 10m }
`,
  );
  mkdirSync(join(folder, "routes"));
  writeFileSync(
    join(folder, "routes/all.yaml"),
    `routes:
  - { id: all, match: { path: "/{key+}" }, modern: assets, retired: true }
`,
  );
  fig = await startFig(join(folder, "fig.yaml"), {
    AWS_ACCESS_KEY_ID: "S3RVER",
    AWS_SECRET_ACCESS_KEY: "S3RVER",
    NODE_OPTIONS: `--max-old-space-size=${HEAP_MIB}`,
  });
  const { url } = fig.ready;
  const before = resident(fig.pid);
  let most = before;
  const looking = setInterval(() => {
    most = Math.max(most, resident(fig.pid));
  }, LOOK_MS);
  const timed = async (way, work) => {
    const began = performance.now();
    const hash = await work();
    const seconds = (performance.now() - began) / 1000;
    console.log(`${way}: ${mib} MiB in ${seconds.toFixed(1)} s, ${Math.round(mib / seconds)} MiB/s`);
    return hash;
  };
  const sent = await timed("up", () => up(`${url}/large.bin`, mib));
  const grownUp = most - before;
  const got = await timed("down", () => down(`${url}/large.bin`));
  clearInterval(looking);
  const grown = most - before;
  const shown = (bytes) => (bytes / MIB).toFixed(1);
  console.log(`memory: ${shown(before)} MiB, grew by ${shown(grownUp)} MiB up, ${shown(grown)} MiB in all`);
  if (sent !== got) throw new Error("what came down is not what went up");
  if (grown >= MAX_GROWN) throw new Error(`the process grew by ${shown(grown)} MiB`);
} finally {
  await fig?.stop();
  await s3?.stop();
  rmSync(folder, { recursive: true, force: true });
}
