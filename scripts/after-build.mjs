// Marks the build, so that setup knows whether it is older than the sources.
import { writeFileSync } from "node:fs";

writeFileSync(new URL("../dist/.built", import.meta.url), "");
