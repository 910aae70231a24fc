// Writes schema/*.json from the schemas that check the files. --check: only says whether they are current.
import { publishedSchemas } from "../src/config/json-schemas.ts";
import { writeFiles } from "./written-files.mjs";

writeFiles(
  Object.fromEntries(
    publishedSchemas().map(({ name, schema }) => [`schema/${name}`, `${JSON.stringify(schema, null, 2)}\n`]),
  ),
);
