import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import type { importOpenApi } from "../../../src/config/index.ts";

/** Writes what an import made into a folder of its own, beside its document; gives the path of fig.yaml. */
export function writeMade(result: ReturnType<typeof importOpenApi>, source: string): string {
  const folder = mkdtempSync(join(tmpdir(), "fig-import-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const files = {
    "fig.yaml": result.fig,
    [result.routesFile.path]: result.routesFile.text,
    "api.yaml": source,
  };
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return join(folder, "fig.yaml");
}
