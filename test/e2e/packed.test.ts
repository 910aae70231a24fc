import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { initAndServe, installPacked, OWN_NODE } from "./support/packed.ts";
import { type SideUpstream, startSide } from "./support/split-door.ts";

let cwd: string;
let sides: readonly SideUpstream[];

beforeEach(async () => {
  cwd = mkdtempSync(join(tmpdir(), "fig-packed-"));
  sides = [await startSide("legacy"), await startSide("modern")];
});

afterEach(() => {
  for (const side of sides) side.close();
  rmSync(cwd, { recursive: true, force: true });
});

// `npm run packed` also holds `fig demo`, and what an old Node is told.
test("the packed package, installed into an empty folder elsewhere: fig init, fig check, fig serve answers", {
  timeout: 240_000,
}, async () => {
  const options = { node: OWN_NODE, cwd };
  await installPacked(options);
  const [legacy, modern] = sides.map(({ url }) => url) as [string, string];
  expect(await initAndServe(options, legacy, modern)).toEqual({ code: 0, output: "legacy" });
});
