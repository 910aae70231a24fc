import { once } from "node:events";
import { afterEach, expect, test } from "vitest";
import type { BackendOptions } from "../../src/backends/contract.ts";
import { UPSTREAM_CONNECTIONS } from "../../src/domain/config.ts";
import { ask, closers, Hearing, openUpstream, type Scripted, serveAt, serveOn } from "./world.ts";

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

type Resolve = NonNullable<BackendOptions["resolve"]>;

/** A name whose addresses a test changes. */
class Zone {
  addresses: readonly string[];
  error: string | undefined = undefined;
  lookups = 0;
  /** Lookups that are not answered until a test does. */
  held: (() => void)[] | undefined = undefined;

  constructor(addresses: readonly string[]) {
    this.addresses = addresses;
  }

  readonly resolve: Resolve = (_name, done) => {
    this.lookups++;
    const answer = () => done(this.error, this.error === undefined ? this.addresses : []);
    if (this.held === undefined) setImmediate(answer);
    else this.held.push(answer);
  };
}

const heads = (servers: readonly Scripted[]) => servers.map(({ heads }) => heads.length);
const settled = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

test("all addresses of a name are used, in turn", async () => {
  const servers = await serveOn([1, 2, 3]);
  const zone = new Zone(["127.0.0.1", "127.0.0.2", "127.0.0.3"]);
  const { backend } = openUpstream({ urls: [`http://shop.test:${servers[0]?.port}`] }, zone);
  for (let i = 0; i < 9; i++) expect(await ask(backend)).toMatchObject({ status: 200, body: "ok" });
  expect(heads(servers)).toEqual([3, 3, 3]);
  expect(zone.lookups).toBe(1);
  expect(servers.map(({ taken }) => taken)).toEqual([1, 1, 1]);
});

test("a request that comes before the name is looked up waits for it, body and all", async () => {
  const [server] = await serveOn([1]);
  const zone = new Zone(["127.0.0.1"]);
  zone.held = [];
  const { backend } = openUpstream({ urls: [`http://shop.test:${server?.port}`] }, zone);
  const asked = ask(backend, { method: "POST", headers: ["Host", "a", "Content-Length", "3"] }, "abc");
  await settled();
  expect(backend.state().waiting).toBe(1);
  zone.held[0]?.();
  expect(await asked).toMatchObject({ status: 200 });
});

test("a name that is not told in time ends in upstream_connect_timeout; one that does not resolve in upstream_refused", async () => {
  const zone = new Zone([]);
  zone.held = [];
  const { backend, pass } = openUpstream({ urls: ["http://shop.test:1"] }, zone);
  const late = ask(backend);
  pass(1_001);
  expect(await late).toMatchObject({ code: "upstream_connect_timeout" });
  zone.error = "ENOTFOUND";
  zone.held[0]?.();
  zone.held = undefined;
  expect(await ask(backend)).toMatchObject({ code: "upstream_refused", message: "ENOTFOUND" });
  // A failure this fresh is not asked after again.
  pass(999);
  expect(await ask(backend)).toMatchObject({ code: "upstream_refused", message: "ENOTFOUND" });
  expect(zone.lookups).toBe(2);
  pass(1);
  expect(await ask(backend)).toMatchObject({ code: "upstream_refused", message: "ENOTFOUND" });
  expect(zone.lookups).toBe(3);
  expect(backend.warnings().join()).toMatch(/shop\.test does not resolve \(ENOTFOUND\)/);
});

test("addresses that change under steady traffic are in use within the refresh time, and no request fails", async () => {
  const old = await serveOn([1, 2]);
  const port = old[0]?.port ?? 0;
  const fresh = [await serveAt({ host: "127.0.0.3", port }), await serveAt({ host: "127.0.0.4", port })];
  const zone = new Zone(["127.0.0.1", "127.0.0.2"]);
  const { backend, pass } = openUpstream(
    {
      urls: [`http://shop.test:${port}`],
      connections: { idleMs: 60_000, maxAgeMs: 0, refreshMs: 30_000 },
    },
    zone,
  );
  const answers: number[] = [];
  let stop = false;
  const client = async () => {
    while (!stop) answers.push((await ask(backend)).status);
  };
  const clients = Promise.all([client(), client(), client(), client()]);
  const grown = async (servers: readonly Scripted[]) => {
    const before = heads(servers);
    while (!servers.every(({ heads }, i) => heads.length > (before[i] ?? 0) + 5)) await settled();
  };
  await grown(old);
  zone.addresses = ["127.0.0.3", "127.0.0.4"];
  await grown(old);
  expect(heads(fresh)).toEqual([0, 0]);
  pass(30_000);
  await grown(fresh);
  const after = heads(old);
  await grown(fresh);
  expect(heads(old)).toEqual(after);
  // What was there is let go of; then it may as well be gone.
  for (const { sockets } of old) while (sockets.size > 0) await settled();
  stop = true;
  await clients;
  expect(new Set(answers)).toEqual(new Set([200]));
});

test("addresses that die before the refresh are looked up at once, and the request that noticed is answered", async () => {
  const old = await serveAt({ host: "127.0.0.1", port: 0 });
  const fresh = await serveAt({ host: "127.0.0.2", port: old.port });
  const zone = new Zone(["127.0.0.1"]);
  const { backend, pass } = openUpstream({ urls: [`http://shop.test:${old.port}`] }, zone);
  expect((await ask(backend)).status).toBe(200);
  pass(2_000);
  zone.addresses = ["127.0.0.2"];
  await old.close();
  const asker = new Hearing();
  expect((await ask(backend, { served: asker })).status).toBe(200);
  expect(fresh.heads).toHaveLength(1);
  const [a, b] = ["127.0.0.1", "127.0.0.2"].map((host) => `u ${host}:${old.port}`);
  expect(asker.tries.at(-1)).toBe(`${b} answered`);
  expect(asker.tries).toContain(`${a} refused`);
});

test("a name that stops resolving keeps its last addresses", async () => {
  const servers = await serveOn([1, 2]);
  const zone = new Zone(["127.0.0.1", "127.0.0.2"]);
  const { backend, pass } = openUpstream({ urls: [`http://shop.test:${servers[0]?.port}`] }, zone);
  await ask(backend);
  zone.error = "ESERVFAIL";
  pass(30_000);
  await settled();
  for (let i = 0; i < 4; i++) expect((await ask(backend)).status).toBe(200);
  expect(backend.warnings().join()).toMatch(/does not resolve \(ESERVFAIL\), and keeps its last addresses/);
  zone.error = undefined;
  pass(5_000);
  await settled();
  expect(backend.warnings()).toEqual([]);
  expect(zone.lookups).toBe(3);
});

test("one address of three that is dead costs the tries that its ejection needs, and no request", async () => {
  const servers = await serveOn([1, 2, 3]);
  await servers[1]?.close();
  const zone = new Zone(["127.0.0.1", "127.0.0.2", "127.0.0.3"]);
  const { backend, pass } = openUpstream({ urls: [`http://shop.test:${servers[0]?.port}`] }, zone);
  for (let i = 0; i < 60; i++) expect((await ask(backend, { method: "POST" })).status).toBe(200);
  expect(backend.state().tries).toMatchObject({ refused: 5, answered: 60 });
  // Behind each ejection, one more.
  pass(5_000);
  for (let i = 0; i < 60; i++) expect((await ask(backend, { method: "POST" })).status).toBe(200);
  expect(backend.state().tries).toMatchObject({ refused: 6, answered: 120 });
});

test("an address of a family that takes no connection stands by, as long as the other family does", async () => {
  const server = await serveAt({ host: "127.0.0.1", port: 0 });
  const zone = new Zone(["::1", "127.0.0.1"]);
  const { backend, pass } = openUpstream({ urls: [`http://shop.test:${server.port}`] }, zone);
  for (let i = 0; i < 20; i++) expect((await ask(backend)).status).toBe(200);
  const { tries, members } = backend.state();
  expect(tries).toMatchObject({ refused: 1, answered: 20 });
  expect(members.map(({ condition }) => condition)).toEqual(["standby", "up"]);
  expect([...backend.problems(), ...backend.warnings()]).toEqual([]);
  // The other family is gone, and this one has come.
  await server.close();
  const six = await serveAt({ host: "::1", port: server.port });
  for (let i = 0; i < 10; i++) expect((await ask(backend)).status).toBe(200);
  expect(six.heads).toHaveLength(10);
  pass(0);
});

test("connections to addresses that are gone are not kept", async () => {
  const server = await serveAt({ host: "127.0.0.1", port: 0 });
  const zone = new Zone(["127.0.0.1"]);
  const { backend, pass } = openUpstream(
    {
      urls: [`http://shop.test:${server.port}`],
      connections: { ...UPSTREAM_CONNECTIONS, idleMs: 60_000 },
    },
    zone,
  );
  await ask(backend);
  const [socket] = server.sockets;
  zone.addresses = ["127.0.0.9"];
  pass(30_000);
  if (socket !== undefined) await once(socket, "close");
  expect(backend.state().members.map(({ address }) => address)).toEqual([`127.0.0.9:${server.port}`]);
});
