import { fileURLToPath } from "node:url";

/** Of a program in `apps/`. */
export function app(name) {
  return fileURLToPath(new URL(`../apps/${name}`, import.meta.url));
}
