import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";

const LIBRARY = fileURLToPath(new URL("../../bin/library.mjs", import.meta.url));

test("a front door that orders no certificate loads nothing of what orders them", () => {
  const folder = mkdtempSync(join(tmpdir(), "fig-lazy-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const script = `
    import { createRequire } from "node:module";
    import { createFrontDoor } from ${JSON.stringify(LIBRARY)};
    const listen = (tls) => ({ address: "127.0.0.1:0", ...tls });
    const acme = { directory: "https://127.0.0.1:1/dir", domains: ["a.test"], termsAgreed: true };
    const loaded = [];
    for (const tls of [{}, { tls: { acme } }]) {
      const front = createFrontDoor({ listen: listen(tls), admin: "127.0.0.1:0", state: "memory:" }, { quiet: true });
      await front.listen();
      loaded.push(Object.keys(createRequire(import.meta.url).cache).filter((file) => /acme-client|axios/.test(file)).length > 0);
      await front.close();
    }
    console.log(JSON.stringify(loaded));
  `;
  const said = execFileSync(process.execPath, ["--input-type=module", "-e", script], { cwd: folder });
  expect(JSON.parse(said.toString())).toEqual([false, true]);
});
