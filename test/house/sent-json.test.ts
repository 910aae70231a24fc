import { globSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const ROOMS = "{bodies,layers,tokens,backends,routing,websockets,domain/operations}";
/** These read one text, or what nobody but the operator and his provider wrote. */
const OTHERS = new Set([
  "src/bodies/repeated-members.ts",
  "src/tokens/json-members.ts",
  "src/tokens/fetch-json.ts",
  "src/tokens/identity-signer.ts",
  "src/layers/message-values.ts",
  "src/backends/messages/sender.ts",
]);

test("what clients and sides send is read by parseSent, where a decision hangs on it", () => {
  const files = globSync(`src/${ROOMS}/**/*.ts`).filter((file) => !OTHERS.has(file));
  expect(files.length).toBeGreaterThan(100);
  const lines = files.flatMap((file) =>
    readFileSync(file, "utf8")
      .split("\n")
      .filter((line) => line.includes("JSON.parse("))
      .map((line) => `${file}: ${line.trim()}`),
  );
  expect(lines).toEqual(["src/bodies/check.ts: const value: unknown = JSON.parse(text);"]);
});
