// Writes schema/*.json from the schemas that check the files, and the types of the library's config from those. --check: only
// says whether they are current.
import { publishedSchemas } from "../src/config/json-schemas.ts";
import { configTypes } from "./config-types.mjs";
import { writeFiles } from "./written-files.mjs";

const published = publishedSchemas();
const byPart = Object.fromEntries(published.map(({ name, schema }) => [name.split(".")[0], schema]));
writeFiles({
  ...Object.fromEntries(
    published.map(({ name, schema }) => [`schema/${name}`, `${JSON.stringify(schema, null, 2)}\n`]),
  ),
  "schema/config.d.ts": configTypes(byPart),
});
