import { join } from "node:path";
import { expect, test } from "vitest";
import { loadConfig } from "../../src/config/index.ts";
import { Files } from "../../src/front-door/files.ts";
import { redactLine } from "../../src/observe/redact.ts";
import { folderOf } from "../config/folder.ts";

test("where files do not pass, the log says every place of them", async () => {
  const log = { info() {}, warn() {}, error() {} };
  const files = new Files(join(folderOf({ "fig.yaml": "workers: two\nlisten: [x]\n" }), "fig.yaml"), {}, log);
  const error = (await files.load(loadConfig).catch((thrown: unknown) => thrown)) as Error;
  expect(error.message).toMatch(/fig\.yaml:1:10: workers: /);
  // A line's `pass: WORD` reads like a password.
  expect(JSON.parse(redactLine(JSON.stringify({ err: { message: error.message } })))).toEqual({
    err: { message: error.message },
  });
});
