import { expect, test } from "vitest";
import { typedAs } from "../../src/cli/typed-as.ts";

test.each([
  [{}, "/opt/fig", "fig"],
  [{ npm_lifecycle_event: "start" }, "/src/strangler-fig", "npx fig"],
  [{ npm_command: "exec" }, "/srv/shop/node_modules/strangler-fig/", "npx fig"],
  // Outside a project `npx fig` is another author's package.
  [{ npm_command: "exec" }, "/home/ada/.npm/_npx/0a1b2c/node_modules/strangler-fig/", "npx strangler-fig"],
])("with %o in %s fig is typed as %s", (env, root, typed) => {
  expect(typedAs(env, root)).toBe(typed);
});
