// A fig like this checkout's, with four more layers that only listen: what the place for layers costs when it is used.
import { cpSync, mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundleInto } from "../scripts/bundle-into.mjs";
import { repository } from "./peers.mjs";

const layers = fileURLToPath(new URL("listening-layers.mjs", import.meta.url));

/** Whoever asks for order.ts gets the longer lists; those ask for it themselves. */
const longerOrder = {
  name: "listening-layers",
  resolveId: (id, importer) => (/\/order\.ts$/.test(id) && importer !== layers ? layers : undefined),
};

/** Builds it in `folder`; the folder is then what `startFig` takes for a checkout. */
export async function buildListening(folder) {
  mkdirSync(folder, { recursive: true });
  for (const name of ["bin", "package.json"])
    cpSync(join(repository, name), join(folder, name), { recursive: true });
  symlinkSync(join(repository, "node_modules"), join(folder, "node_modules"));
  await bundleInto(join(folder, "dist"), [longerOrder]);
  return folder;
}
