import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FigError } from "../domain/errors.ts";

export interface Workspace {
  /** The front door's file: the package's, with this run's addresses and folders filled in. */
  readonly file: string;
  remove(): Promise<void>;
}

/** A throwaway folder for state and addresses; the routes and migrations stay the package's own and are followed live. */
export async function createWorkspace(
  packageRoot: string,
  values: Readonly<Record<string, string>>,
): Promise<Workspace> {
  const shop = join(packageRoot, "fig.yaml");
  const text = await readFile(shop, "utf8").catch((cause: unknown) => {
    throw new FigError("demo_files_missing", `the demo's ${shop} cannot be read`, {
      remedy: "install the package again: fig.yaml, routes/ and migrations/ belong to it",
      cause,
    });
  });
  const folder = await mkdtemp(join(tmpdir(), "fig-"));
  const file = join(folder, "fig.yaml");
  await writeFile(file, filledIn(text, packageRoot, values));
  return { file, remove: () => rm(folder, { recursive: true, force: true }) };
}

/** `${NAME:-fallback}` of each given name becomes its value; the two folders become absolute. */
function filledIn(text: string, packageRoot: string, values: Readonly<Record<string, string>>): string {
  let filled = text.replace(/^(routes|migrations): .*$/gm, (_line, key: string) => {
    return `${key}: ${JSON.stringify(join(packageRoot, key))}`;
  });
  for (const [name, value] of Object.entries(values))
    filled = filled.replace(new RegExp(`\\$\\{${name}(:-[^}]*)?\\}`, "g"), () => JSON.stringify(value));
  return filled;
}

/** A port of loopback that was free a moment ago. */
export async function freePort(): Promise<number> {
  const probe = createServer();
  probe.listen(0, "127.0.0.1");
  await new Promise<void>((resolve, reject) => {
    probe.once("listening", resolve);
    probe.once("error", reject);
  });
  const address = probe.address();
  await new Promise<void>((resolve) => probe.close(() => resolve()));
  return typeof address === "object" && address !== null ? address.port : 0;
}
