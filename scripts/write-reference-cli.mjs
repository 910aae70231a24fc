// Writes docs/reference/cli.md from the commands' own help. Runs on the Node of the npm scripts, which strips types.
import { mkdirSync, writeFileSync } from "node:fs";
import { referenceCli } from "../src/cli/reference.ts";

mkdirSync(new URL("../docs/reference/", import.meta.url), { recursive: true });
writeFileSync(new URL("../docs/reference/cli.md", import.meta.url), referenceCli());
