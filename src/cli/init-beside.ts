import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import type { InitFile } from "./init-files.ts";

/** Which schema of the package says what a file may hold. */
const SCHEMAS = { routes: "routes.schema.json", migrations: "migration.schema.json", fig: "fig.schema.json" };

/**
 * Where an editor finds the schemas, from `folder`: in the folder's own installation, or in the clone that it lies in. Undefined: only
 * in a place that is nobody else's, such as npx's cache.
 */
function schemaFolder(folder: string, packageRoot: string): string | undefined {
  for (let at = folder; ; at = dirname(at)) {
    const installed = join(at, "node_modules/strangler-fig/schema");
    if (existsSync(installed)) return installed;
    if (dirname(at) === at) break;
  }
  const own = join(packageRoot, "schema");
  const inClone = !relative(packageRoot, folder).startsWith("..");
  return inClone && existsSync(own) ? own : undefined;
}

/** The same files, each with the line by which yaml-language-server knows its schema. */
export function withSchemas(
  files: readonly InitFile[],
  folder: string,
  packageRoot: string,
): readonly InitFile[] {
  const schemas = schemaFolder(folder, packageRoot);
  if (schemas === undefined) return files;
  return files.map(({ path, text }) => {
    const kind = path.split("/")[0] as keyof typeof SCHEMAS;
    const schema = join(schemas, SCHEMAS[kind] ?? SCHEMAS.fig);
    const shown = relative(dirname(join(folder, path)), schema)
      .split(sep)
      .join("/");
    return {
      path,
      text: `# yaml-language-server: $schema=${shown.startsWith(".") ? shown : `./${shown}`}\n${text}`,
    };
  });
}

/** .gitignore with the state's folder in it; undefined: it is in it already. */
export function withIgnored(folder: string): InitFile | undefined {
  const path = ".gitignore";
  const file = join(folder, path);
  const text = existsSync(file) ? readFileSync(file, "utf8") : "";
  if (/^\/?\.fig\/?[ \t]*\r?$/m.test(text)) return undefined;
  return { path, text: `${text}${text === "" || text.endsWith("\n") ? "" : "\n"}.fig/\n` };
}

/** True where routes or steps of somebody else lie beside what would be written: --force would leave them. */
export function hasOthers(folder: string, files: readonly InitFile[]): boolean {
  const own = new Set(files.map(({ path }) => path));
  return ["routes", "migrations"].some(
    (name) =>
      existsSync(join(folder, name)) &&
      readdirSync(join(folder, name)).some((file) => /\.ya?ml$/.test(file) && !own.has(`${name}/${file}`)),
  );
}
