// The library's entry. It loads the rest only on a Node that can: an `import` of it would fail with whatever is missing first.
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const problem = require("./needs-node.js").problem();
if (problem !== undefined) {
  const error = new Error(`strangler-fig: ${problem.message}\nremedy: ${problem.remedy.join("\n")}`);
  throw Object.assign(error, { code: "node_too_old" });
}

// Not `await import`: a program that `require`s this module could not wait for it.
export const { createFrontDoor, FigError } = require("../dist/index.js");
