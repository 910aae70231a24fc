// Starts the two json-servers as child processes and waits for each one's first line of JSON on stdout.
import { copyFileSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startChild } from "../walking/children.mjs";

export const here = fileURLToPath(new URL(".", import.meta.url));

/** Both json-servers, each on its own copy of db.json in a temporary folder. Port 0: a free one. */
export async function startBoth({ legacyPort = 0, modernPort = 0 } = {}) {
  if (!existsSync(join(here, "node_modules/json-server-modern"))) {
    throw new Error("examples/json-server is not installed: run `npm ci` in it");
  }
  const folder = mkdtempSync(join(tmpdir(), "fig-json-server-"));
  const started = [];
  const stop = async () => {
    await Promise.all(started.map((one) => one.stop()));
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    for (const [name, port] of [
      ["legacy", legacyPort],
      ["modern", modernPort],
    ]) {
      const db = join(folder, `${name}.json`);
      copyFileSync(join(here, "db.json"), db);
      started.push(await startChild(name, [join(here, `${name}.mjs`), db, String(port)]));
    }
  } catch (error) {
    await stop();
    throw error;
  }
  const [legacy, modern] = started;
  /** Starts modern anew, at the same port, as it is once it was put right. */
  const settle = async () => {
    await modern.stop();
    const port = new URL(modern.ready.url).port;
    started[1] = await startChild("modern", [
      join(here, "modern.mjs"),
      join(folder, "modern.json"),
      port,
      "settled",
    ]);
  };
  return { folder, legacyUrl: legacy.ready.url, modernUrl: modern.ready.url, settle, stop };
}
