import { expect, test } from "vitest";
import type { Control } from "../../src/control/contract.ts";
import { fakeAdmin } from "./fake-admin.ts";
import { folder, run, shop } from "./support.ts";

const SHIFTED = {
  written: true,
  dryRun: false,
  entries: [],
  changes: [],
  gates: [],
  warnings: [],
  effects: [],
  unsafeServed: {},
};
const STEPS = [
  { number: 1, state: "applied", revision: 6 },
  { number: 2, state: "pending", revision: null },
];

const COMMANDS = [
  "shift orders.read --modern 10 --reason go",
  "shift --cohort orders --fresh --dry-run",
  "rollback orders.read --reason back",
  "rollback --all --dry-run",
  "migrate up",
  "migrate down --dry-run",
  "migrate to 2",
];

test.each(COMMANDS)(
  "fig %s asks a front door for the revision, and not for the whole status",
  async (command) => {
    const admin = await fakeAdmin(({ method, path }) => {
      const answer = (body: unknown) => ({ status: 200, body, stateId: "own-state" });
      if (method === "POST") return answer(SHIFTED);
      if (path === "/api/v1/revision") return answer({ stateId: "own-state", revision: 41 });
      return answer(path === "/api/v1/migrations" ? STEPS : {});
    });
    const { code } = await run([...command.split(" "), "--admin", admin.origin], { cwd: await folder() });
    expect(code).toBe(0);
    expect(admin.calls.filter(({ method }) => method === "POST")).toMatchObject([
      { body: { expectedRevision: 41 } },
    ]);
    const read = admin.calls.filter(({ method }) => method === "GET").map(({ path }) => path);
    const steps = command.startsWith("migrate") ? ["/api/v1/migrations"] : [];
    expect(read.filter((path) => path !== "/api/v1/session")).toEqual(["/api/v1/revision", ...steps]);
  },
);

test.each(COMMANDS)("fig %s asks a store for no whole status either", async (command) => {
  const asked: unknown[] = [];
  const answer = (request: unknown) => {
    asked.push(request);
    return Promise.resolve(SHIFTED);
  };
  const control: Partial<Control> = {
    status: () => Promise.reject(new Error("the whole status is not expected")),
    revision: () => Promise.resolve({ stateId: "own-state", revision: 41 }),
    migrations: () => Promise.resolve(STEPS as never),
    ...{ shift: answer, rollback: answer, migrate: answer },
  };
  expect((await run(command.split(" "), { cwd: await shop(), control })).code).toBe(0);
  expect(asked).toMatchObject([{ expectedRevision: 41 }]);
});
