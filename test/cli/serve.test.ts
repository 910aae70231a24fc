import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { ReadyInfo, ServeHandle, ServeOptions } from "../../src/cli/contract.ts";
import { runCli } from "../../src/cli/run-cli.ts";
import { FigError } from "../../src/domain/errors.ts";
import { type FakeDeps, fakeDeps, shop } from "./support.ts";

const READY: ReadyInfo = {
  ready: true,
  url: "http://127.0.0.1:8080",
  urls: ["http://127.0.0.1:8080"],
  adminUrl: "http://127.0.0.1:9901",
  pid: 42,
  stateId: "own-state",
  revision: 7,
};

/** A front door that is down when `down` is called, and notes what it is told. */
function fakeDoor() {
  const down = Promise.withResolvers<number>();
  const told: string[] = [];
  const handle: ServeHandle = {
    ready: READY,
    closed: down.promise,
    stop: async () => {
      told.push("stop");
    },
    reload: async () => {
      told.push("reload");
    },
    reopenLogs: async () => {
      told.push("reopenLogs");
    },
  };
  return { handle, told, down: down.resolve };
}

/** Resolves once the ready line is out. */
async function untilReady(deps: FakeDeps): Promise<void> {
  while (deps.stdout.text() === "") await new Promise((resolve) => setImmediate(resolve));
}

describe("fig serve", () => {
  test("prints one ready line of JSON and ends as the front door does", async () => {
    const door = fakeDoor();
    const asked: ServeOptions[] = [];
    const cwd = await shop();
    const serve = async (options: ServeOptions) => {
      asked.push(options);
      return door.handle;
    };
    const deps = fakeDeps({ cwd, serve, env: { A: "b" } });
    const running = runCli(["serve"], deps);
    await untilReady(deps);
    expect(deps.stdout.text()).toBe(`${JSON.stringify(READY)}\n`);
    expect(asked).toEqual([{ file: join(cwd, "fig.yaml"), env: { A: "b" } }]);
    door.down(0);
    expect(await running).toBe(0);
  });

  test("on a terminal says in words where to look; --json prints the line there too", async () => {
    const cwd = await shop();
    const printed = async (...argv: readonly string[]) => {
      const door = fakeDoor();
      const deps = fakeDeps({ cwd, serve: async () => door.handle, tty: true, env: { NO_COLOR: "1" } });
      const running = runCli(["serve", ...argv], deps);
      await untilReady(deps);
      door.down(0);
      await running;
      return deps.stdout.text();
    };
    expect(await printed()).toBe(`strangler-fig 1.2.3 is ready
  clients    http://127.0.0.1:8080
  dashboard  http://127.0.0.1:9901
  ledger     revision 7, state own-state
Ctrl-C drains and ends it. \`fig status\` says where every route stands.
`);
    expect(await printed("--json")).toBe(`${JSON.stringify(READY)}\n`);
  });

  test("SIGHUP reads the files again, SIGUSR1 opens the log anew; SIGTERM drains, and exit 0 follows the drain", async () => {
    const door = fakeDoor();
    const deps = fakeDeps({ cwd: await shop(), serve: async () => door.handle });
    const running = runCli(["serve"], deps);
    await untilReady(deps);
    deps.signal("SIGHUP");
    deps.signal("SIGUSR1");
    deps.signal("SIGTERM");
    expect(door.told).toEqual(["reload", "reopenLogs", "stop"]);
    expect(deps.stderr.text()).toBe("fig: SIGTERM: draining; a second signal stops at once\n");
    door.down(0);
    expect(await running).toBe(0);
  });

  test.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("a second signal, %s, does not wait for the drain", async (signal, code) => {
    const door = fakeDoor();
    const deps = fakeDeps({ cwd: await shop(), serve: async () => door.handle });
    const running = runCli(["serve"], deps);
    await untilReady(deps);
    deps.signal("SIGTERM");
    deps.signal(signal);
    expect(await running).toBe(code);
  });

  test("a signal while it starts drains it as soon as it stands", async () => {
    const door = fakeDoor();
    const started = Promise.withResolvers<ServeHandle>();
    const called = Promise.withResolvers<void>();
    const serve = () => {
      called.resolve();
      return started.promise;
    };
    const deps = fakeDeps({ cwd: await shop(), serve });
    const running = runCli(["serve"], deps);
    await called.promise;
    deps.signal("SIGINT");
    expect(door.told).toEqual([]);
    started.resolve(door.handle);
    await untilReady(deps);
    door.down(0);
    expect(await running).toBe(0);
    expect(door.told).toEqual(["stop"]);
  });

  test("files that do not pass: every problem on stderr, nothing on stdout, exit 2", async () => {
    const problems = [
      {
        file: "fig.yaml",
        line: 3,
        column: 1,
        message: "lsten: is not known",
        remedy: "did you mean listen?",
      },
      { file: "routes/a.yaml", line: 1, column: 1, message: "routes: is missing", remedy: "list the routes" },
    ];
    const serve = () =>
      Promise.reject(
        // As the front door says it: a program that does not catch it prints the message.
        new FigError("invalid_files", "the files do not pass the check:\nfig.yaml:3:1: lsten: is not known", {
          details: { problems },
        }),
      );
    const deps = fakeDeps({ cwd: await shop(), serve });
    expect(await runCli(["serve"], deps)).toBe(2);
    expect(deps.stdout.text()).toBe("");
    expect(deps.stderr.text()).toBe(`fig: invalid_files: the files do not pass the check:
  fig.yaml:3:1: lsten: is not known — did you mean listen?
  routes/a.yaml:1:1: routes: is missing — list the routes
`);
  });

  test("a message of several lines is lines, not an escaped line end", async () => {
    const serve = () => Promise.reject(new FigError("store_invalid", "it is wrong\nin two\x1b ways"));
    const deps = fakeDeps({ cwd: await shop(), serve });
    expect(await runCli(["serve"], deps)).toBe(1);
    expect(deps.stderr.text()).toBe("fig: store_invalid: it is wrong\n  in two\\u{1b} ways\n");
  });

  test("an address that is taken is exit 1 with its code", async () => {
    const serve = () => Promise.reject(new FigError("address_in_use", "127.0.0.1:8080 is taken"));
    const deps = fakeDeps({ cwd: await shop(), serve });
    expect(await runCli(["serve"], deps)).toBe(1);
    expect(deps.stderr.text()).toBe("fig: address_in_use: 127.0.0.1:8080 is taken\n");
  });
});
