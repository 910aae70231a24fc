import { createRequire } from "node:module";

/** Loads a package of test/counterparts. */
export const counterpart = createRequire(new URL("../counterparts/package.json", import.meta.url));

interface Aws4 {
  sign(request: object, credentials: object): { headers: Record<string, string>; path: string };
}

/** An independent signer of Signature Version 4. */
export function aws4(): Aws4 {
  return counterpart("aws4") as Aws4;
}
