import { afterEach, describe, expect, test } from "vitest";
import { UPSTREAM_CONNECTIONS } from "../../src/domain/config.ts";
import {
  answering,
  ask,
  closers,
  OK,
  openUpstream,
  type Script,
  type Scripted,
  serveAt,
  serveOn,
} from "./world.ts";

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const turn = () => new Promise((resolve) => setImmediate(resolve));
const urlsOf = (servers: readonly Scripted[], lasts: readonly number[]) =>
  servers.map(({ port }, i) => `http://127.0.0.${lasts[i]}:${port}`);
const heads = (servers: readonly Scripted[]) => servers.map(({ heads }) => heads.length);

async function upstreams(lasts: readonly number[], script?: Script) {
  const servers = await serveOn(lasts, script);
  return { servers, urls: urlsOf(servers, lasts) };
}

test("URLs get requests by their weights", async () => {
  const { servers, urls } = await upstreams([1, 2]);
  const { backend } = openUpstream({ urls, weights: [1, 3] });
  for (let i = 0; i < 12; i++) await ask(backend);
  expect(heads(servers)).toEqual([3, 9]);
});

test("least requests leaves a member alone that does not answer", async () => {
  const silent = await serveAt({ host: "127.0.0.1", port: 0 }, () => {});
  const prompt = await serveAt({ host: "127.0.0.2", port: silent.port });
  const urls = urlsOf([silent, prompt], [1, 2]);
  const { backend } = openUpstream({ urls, balance: "leastRequests" }, { random: Math.random });
  for (let i = 1; i <= 40; i++) {
    void ask(backend);
    while (backend.state().tries.answered + silent.heads.length < i) await turn();
  }
  expect(silent.heads.length).toBeLessThanOrEqual(2);
});

describe("ejection", () => {
  test("leaves out no more than `max` percent, rounded up, and counts what it spared", async () => {
    const { servers, urls } = await upstreams([1, 2, 3, 4]);
    for (const server of servers.slice(1)) await server.close();
    const { backend } = openUpstream({ urls, ejection: { failures: 2, forMs: 1_000, maxPercent: 50 } });
    for (let i = 0; i < 40; i++) expect((await ask(backend)).status).toBe(200);
    const { members, ejections, limited } = backend.state();
    expect(members.filter(({ condition }) => condition === "ejected")).toHaveLength(2);
    expect(ejections).toBe(2);
    expect(limited.ejection).toBeGreaterThan(0);
  });

  test("lets one request at a time tell whether a member is back, and doubles the time if it is not", async () => {
    const { servers, urls } = await upstreams([1, 2]);
    const [dead, good] = servers as [Scripted, Scripted];
    await dead.close();
    const { backend, pass } = openUpstream({ urls, ejection: { failures: 1, forMs: 1_000, maxPercent: 50 } });
    const round = async () => {
      for (let i = 0; i < 8; i++) expect((await ask(backend)).status).toBe(200);
    };
    await round();
    expect(backend.state().tries.refused).toBe(1);
    pass(1_000);
    expect(backend.state().members[0]?.condition).toBe("trial");
    await round();
    expect(backend.state().tries.refused).toBe(2);
    // Twice as long now.
    pass(1_000);
    await round();
    expect(backend.state().tries.refused).toBe(2);
    const back = await serveAt({ host: "127.0.0.1", port: dead.port });
    pass(1_000);
    await round();
    expect(backend.state().members[0]?.condition).toBe("up");
    expect(back.heads.length).toBeGreaterThanOrEqual(4);
    expect(good.heads.length + back.heads.length).toBe(32);
    expect(backend.problems()).toEqual([]);
  });

  test("while the trial is under way the others get the requests", async () => {
    const { servers, urls } = await upstreams([1, 2]);
    const [slow] = servers as [Scripted, Scripted];
    await slow.close();
    const { backend, pass } = openUpstream({ urls, ejection: { failures: 1, forMs: 1_000, maxPercent: 50 } });
    for (let i = 0; i < 4; i++) await ask(backend);
    const silent = await serveAt({ host: "127.0.0.1", port: slow.port }, () => {});
    pass(1_000);
    const trial = ask(backend);
    while (silent.heads.length === 0) await turn();
    for (let i = 0; i < 8; i++) expect((await ask(backend)).status).toBe(200);
    expect(silent.heads).toHaveLength(1);
    await silent.close();
    expect((await trial).code).toBe("upstream_reset");
  });
});

describe("health checks", () => {
  const health = { path: "/healthz", intervalMs: 1_000, timeoutMs: 500, up: 2, down: 2 };
  const isCheck = (head: string) => head.startsWith("GET /healthz ");

  /** Two servers, of which the first is well or not as a test wants. */
  async function world(answer: () => string | undefined) {
    const script: Script = (head, socket) => {
      const text = isCheck(head) ? answer() : OK;
      if (text !== undefined) socket.write(text);
    };
    const first = await serveAt({ host: "127.0.0.1", port: 0 }, script);
    const second = await serveAt({ host: "127.0.0.2", port: first.port });
    const opened = openUpstream({ urls: urlsOf([first, second], [1, 2]), health });
    const { backend } = opened;
    const condition = () => backend.state().members[0]?.condition;
    /** Lets checks come until it holds. */
    const until = async (holds: () => boolean) => {
      while (!holds()) {
        opened.pass(50);
        await turn();
      }
    };
    const asked = () => first.heads.filter((head) => !isCheck(head)).length;
    return { ...opened, first, second, condition, until, asked };
  }

  test.each([
    ["answers 500", "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n"],
    ["answers nothing", undefined],
    ["answers nonsense", "no HTTP\r\n\r\n"],
  ])("take a member out that %s, and back in once it is well again", async (_what, ill) => {
    let answer: string | undefined = OK;
    const { backend, condition, until, asked } = await world(() => answer);
    await until(() => backend.state().checksPassed >= 4);
    for (let i = 0; i < 4; i++) await ask(backend);
    expect(asked()).toBe(2);
    answer = ill;
    await until(() => condition() === "down");
    expect(backend.problems().join()).toMatch(/does not pass its health checks/);
    for (let i = 0; i < 6; i++) await ask(backend);
    expect(asked()).toBe(2);
    answer = OK;
    await until(() => condition() === "up");
    for (let i = 0; i < 4; i++) await ask(backend);
    expect(asked()).toBe(4);
    expect(backend.state().tries).toMatchObject({ answered: 14, refused: 0, timeout: 0 });
    expect(backend.problems()).toEqual([]);
  });

  test("say who they are and use no connection of the requests'", async () => {
    const { first, until } = await world(() => OK);
    await until(() => first.heads.length > 0);
    expect(first.heads[0]?.split("\r\n")).toEqual([
      "GET /healthz HTTP/1.1",
      `Host: 127.0.0.1:${first.port}`,
      "User-Agent: fig-health",
      "Accept: */*",
      "Connection: close",
    ]);
    while (first.sockets.size > 0) await turn();
  });

  test("do not leave an upstream without members: when all are down, all are asked", async () => {
    const { backend, first, second, until } = await world(
      () => "HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n",
    );
    await second.close();
    await until(() => backend.state().members.every(({ condition }) => condition === "down"));
    expect(backend.state().failOpen).toBe(true);
    expect(backend.problems()).toHaveLength(2);
    for (let i = 0; i < 4; i++) expect((await ask(backend)).status).toBe(200);
    expect(first.heads.filter((head) => !isCheck(head))).toHaveLength(4);
  });
});

test("a member that came back gets its share little by little", async () => {
  const { servers, urls } = await upstreams([1, 2]);
  const [dead, good] = servers as [Scripted, Scripted];
  await dead.close();
  const { backend, pass } = openUpstream({
    ...{ urls, slowStartMs: 10_000, ejection: { failures: 1, forMs: 1_000, maxPercent: 50 } },
    connections: { ...UPSTREAM_CONNECTIONS, idleMs: 60_000 },
  });
  for (let i = 0; i < 3; i++) await ask(backend);
  const back = await serveAt({ host: "127.0.0.1", port: dead.port });
  pass(1_000);
  await ask(backend);
  expect(back.heads).toHaveLength(1);
  const shareOf = async (requests: number) => {
    const before = back.heads.length;
    for (let i = 0; i < requests; i++) await ask(backend);
    return (back.heads.length - before) / requests;
  };
  expect(await shareOf(44)).toBeCloseTo(1 / 11, 1);
  pass(5_000);
  expect(await shareOf(60)).toBeCloseTo(1 / 3, 1);
  pass(5_000);
  expect(await shareOf(60)).toBeCloseTo(1 / 2, 1);
  expect(good.heads.length).toBeGreaterThan(back.heads.length);
});

describe("at most so many connections", () => {
  const connections = { ...UPSTREAM_CONNECTIONS, idleMs: 60_000, max: 2, queue: 3 };

  test("are open at once, and further requests wait for them in turn", async () => {
    const held: (() => void)[] = [];
    const server = await serveAt({ host: "127.0.0.1", port: 0 }, (_head, socket) => {
      held.push(() => socket.write(OK));
    });
    const { backend } = openUpstream({ urls: [`http://127.0.0.1:${server.port}`], connections });
    const done: number[] = [];
    const all = [0, 1, 2, 3, 4].map((i) => ask(backend).then(({ status }) => done.push(i) && status));
    while (held.length < 2) await turn();
    expect(backend.state().waiting).toBe(3);
    expect(await ask(backend)).toMatchObject({ code: "upstream_busy" });
    for (let i = 0; i < 5; i++) {
      while (held.length === 0) await turn();
      held.shift()?.();
    }
    expect(await Promise.all(all)).toEqual([200, 200, 200, 200, 200]);
    expect(done.slice(2)).toEqual([2, 3, 4]);
    expect(server.taken).toBe(2);
    expect(backend.state().limited).toMatchObject({ queue: 1, connections: 0 });
  });

  test("whoever waits too long gets upstream_busy; whoever leaves is not sent", async () => {
    const server = await serveAt({ host: "127.0.0.1", port: 0 }, () => {});
    const { backend, pass } = openUpstream({
      urls: [`http://127.0.0.1:${server.port}`],
      connections: { ...connections, max: 1 },
    });
    void ask(backend);
    const late = ask(backend);
    pass(1_001);
    expect(await late).toMatchObject({ code: "upstream_busy" });
    expect(backend.state().limited.connections).toBe(1);
    expect(server.heads.length).toBeLessThanOrEqual(1);
  });

  test("a connection that dies makes room", async () => {
    let nth = 0;
    const server = await serveAt({ host: "127.0.0.1", port: 0 }, (_head, socket) => {
      if (nth++ === 0) setImmediate(() => socket.destroy());
      else socket.write(OK);
    });
    const { backend } = openUpstream({
      urls: [`http://127.0.0.1:${server.port}`],
      connections: { ...connections, max: 1 },
    });
    const [first, second] = await Promise.all([ask(backend), ask(backend)]);
    expect(first.code).toBe("upstream_reset");
    expect(second.status).toBe(200);
  });

  test("an idle one of another member is closed for a member that needs one", async () => {
    const { servers, urls } = await upstreams([1, 2, 3], answering);
    const { backend } = openUpstream({ urls, connections });
    for (let i = 0; i < 9; i++) expect((await ask(backend)).status).toBe(200);
    expect(heads(servers)).toEqual([3, 3, 3]);
    expect(backend.state().members.reduce((sum, { idle }) => sum + idle, 0)).toBe(2);
  });
});
