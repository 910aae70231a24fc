import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { type AddressInfo, createServer as createSocketServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, onTestFinished, test } from "vitest";
import { createAdminClient } from "../../src/cli/admin-client.ts";
import { adminSession } from "../../src/cli/admin-request.ts";
import { figErrorOf } from "../../src/domain/errors.ts";
import { createFrontDoor } from "../../src/index.ts";

const run = promisify(execFile);

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "fig-unix-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

async function upstream(): Promise<string> {
  const server = createServer((request, response) => {
    response.end(JSON.stringify(request.headers));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function curl(path: string, ...args: readonly string[]): Promise<string> {
  return (await run("curl", ["-sS", "--max-time", "60", "--unix-socket", path, ...args])).stdout;
}

/** A socket file that its process, which was killed, left behind. */
async function leftBehind(path: string): Promise<void> {
  const code = `require("net").createServer().listen(${JSON.stringify(path)}, () => console.log("ok"))`;
  const child = spawn(process.execPath, ["-e", code], { stdio: ["ignore", "pipe", "ignore"] });
  await once(child.stdout, "data");
  child.kill("SIGKILL");
  await once(child, "exit");
  expect(existsSync(path)).toBe(true);
}

describe.each([
  ["auto", 1],
  ["node", 1],
  ["auto", 2],
] as const)("Unix sockets, lane %s, workers: %i", (lane, workers) => {
  test("serve clients and the admin, for whom their modes say, and are gone at the end", async () => {
    const at = folder();
    const [clients, admin] = [join(at, "a.sock"), join(at, "admin.sock")];
    await leftBehind(clients);
    await leftBehind(admin);
    const front = createFrontDoor(
      {
        ...{ lane, workers, state: "memory:", default: "m", upstreams: { m: await upstream() } },
        listen: { address: `unix:${clients}`, mode: "0660" },
        admin: `unix:${admin}`,
        trustedProxies: ["unix:"],
      },
      { quiet: true },
    );
    const { url, adminUrl } = await front.listen();
    onTestFinished(async () => void (await front.close()));
    expect([url, adminUrl]).toEqual([`unix:${clients}`, `unix:${admin}`]);
    const mode = (path: string) => (statSync(path).mode & 0o777).toString(8);
    expect([mode(clients), mode(admin)]).toEqual(["660", "600"]);

    const headers = JSON.parse(
      await curl(clients, "-H", "x-forwarded-for: 9.8.7.6", "http://shop/"),
    ) as object;
    expect(headers).toMatchObject({
      host: "shop",
      "x-forwarded-for": "9.8.7.6, unix:",
      "x-forwarded-proto": "http",
    });
    // A request that the fast lane leaves to the other.
    expect(
      await curl(clients, "-H", "te: trailers", "-H", "expect: 100-continue", "-d", "x", "http://shop/"),
    ).toContain("shop");

    const session = await adminSession({ origin: adminUrl, token: undefined });
    expect(session.stateId).toMatch(/^[0-9a-f]{32}$/);
    const status = await createAdminClient({ origin: adminUrl, token: undefined }).status();
    expect(status.routes.map(({ id }) => id)).toEqual(["(default)"]);
    expect(await curl(admin, "http://localhost/metrics")).toContain("fig_build_info");
    expect(await curl(admin, "-H", "host: evil.test", "http://localhost/api/v1/status")).toMatch(
      /forbidden_host.*Use http:\/\/localhost, or/,
    );
    await front.close();
    expect([existsSync(clients), existsSync(admin)]).toEqual([false, false]);
  });

  test("on which somebody listens, and files that are no sockets, are left alone", async () => {
    const at = folder();
    const other = createSocketServer().listen(join(at, "taken.sock"));
    await once(other, "listening");
    onTestFinished(() => void other.close());
    writeFileSync(join(at, "file"), "mine");
    for (const name of ["taken.sock", "file"]) {
      const door = createFrontDoor(
        { lane, workers, state: "memory:", listen: `unix:${join(at, name)}`, admin: "127.0.0.1:0" },
        { quiet: true },
      );
      const error = figErrorOf(await door.listen().catch((cause: unknown) => cause));
      expect(error?.code).toBe("address_in_use");
      expect(error?.message).toBe(`the address unix:${join(at, name)} is in use`);
      expect(existsSync(join(at, name))).toBe(true);
    }
  });
});
