import { createServer, type Server, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Backend, BackendRequest } from "../../src/backends/contract.ts";
import { createBackend } from "../../src/backends/index.ts";
import { UPSTREAM_CONNECTIONS } from "../../src/domain/config.ts";
import { Deadlines } from "../../src/domain/deadlines.ts";
import { CHUNKED, NO_BODY, type RawHeaders } from "../../src/domain/message.ts";

const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/** A scripted upstream: `serve` gets each whole head that comes, and the socket. */
async function upstream(serve: (head: string, socket: Socket, nth: number) => void): Promise<{
  url: string;
  heads: string[];
  received: () => string;
  sockets: Set<Socket>;
  server: Server;
}> {
  const heads: string[] = [];
  let received = "";
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
    let held = "";
    socket.on("data", (chunk) => {
      held += chunk.toString("latin1");
      received += chunk.toString("latin1");
      for (let end = held.indexOf("\r\n\r\n"); end >= 0; end = held.indexOf("\r\n\r\n")) {
        const head = held.slice(0, end);
        held = held.slice(end + 4);
        heads.push(head);
        serve(head, socket, heads.length);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  opened.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as { port: number }).port}`,
    heads,
    received: () => received,
    sockets,
    server,
  };
}

const opened: (() => void)[] = [];
let deadlines: Deadlines;
let sweeping: NodeJS.Timeout;

beforeEach(() => {
  deadlines = new Deadlines();
  deadlines.sweep(performance.now());
  sweeping = setInterval(() => deadlines.sweep(performance.now()), 20);
});

afterEach(() => {
  clearInterval(sweeping);
  for (const close of opened.splice(0)) close();
});

function backendOf(
  urls: string[],
  changes: Partial<{ host: "client" | "upstream"; timeoutMs: number }> = {},
) {
  const backend = createBackend(
    {
      name: "u",
      kind: "http",
      urls,
      host: "client",
      timeoutMs: 2000,
      connections: UPSTREAM_CONNECTIONS,
      ...changes,
    },
    { deadlines, connectMs: 1000, bodyIdleMs: 300, upgradeIdleMs: 0 },
  );
  opened.push(() => backend.close());
  return backend;
}

interface Result {
  status: number;
  headers: RawHeaders;
  body: string;
  error: string | undefined;
}

function ask(
  backend: Backend,
  changes: Partial<BackendRequest> = {},
  body?: string,
  trailers?: RawHeaders,
): Promise<Result> {
  return new Promise((resolve) => {
    const result: Result = { status: 0, headers: [], body: "", error: undefined };
    const request: BackendRequest = {
      method: "GET",
      target: "/x",
      headers: ["Host", "shop.test"],
      framing: NO_BODY,
      upgrade: false,
      retryable: (changes.method ?? "GET") === "GET",
      timeoutMs: undefined,
      ...changes,
    };
    const call = backend.open(request, {
      onRequestDrain: () => {},
      onInform: () => {},
      onHead: (status, _reason, headers) => Object.assign(result, { status, headers }),
      onUpgrade: () => {},
      onData: (chunk) => {
        result.body += Buffer.from(chunk).toString("latin1");
      },
      onEnd: () => resolve(result),
      onError: (code) => resolve({ ...result, error: code }),
    });
    if (body !== undefined) call.write(Buffer.from(body));
    call.end(trailers);
  });
}

/** A URL that takes no connection. */
async function refusing(): Promise<string> {
  const { url, server } = await upstream(() => {});
  await new Promise((resolve) => server.close(resolve));
  return url;
}

describe("an upstream over HTTP/1.1", () => {
  it("uses one connection for one request after the other", async () => {
    let connections = 0;
    const { url, server } = await upstream((_head, socket) => socket.write(OK));
    server.on("connection", () => connections++);
    const backend = backendOf([url]);
    for (let i = 0; i < 5; i++) expect(await ask(backend)).toMatchObject({ status: 200, body: "ok" });
    expect(connections).toBe(1);
  });

  it("uses a connection no more that carried trailers: a server may take them for the next request", async () => {
    let connections = 0;
    const { url, server } = await upstream((head, socket) => {
      if (head.startsWith("POST")) socket.write(OK);
    });
    server.on("connection", () => connections++);
    const backend = backendOf([url]);
    const chunked = {
      method: "POST",
      headers: ["Host", "a", "Transfer-Encoding", "chunked"],
      framing: CHUNKED,
    };
    expect(await ask(backend, chunked, "abc", ["X-Sum", "7"])).toMatchObject({ status: 200 });
    expect(await ask(backend, chunked, "abc")).toMatchObject({ status: 200 });
    expect(await ask(backend, chunked, "abc")).toMatchObject({ status: 200 });
    expect(connections).toBe(2);
  });

  it("takes its URLs in turn", async () => {
    const servers = await Promise.all([1, 2, 3].map(() => upstream((_head, socket) => socket.write(OK))));
    const backend = backendOf(servers.map(({ url }) => url));
    for (let i = 0; i < 9; i++) await ask(backend);
    expect(servers.map(({ heads }) => heads.length)).toEqual([3, 3, 3]);
  });

  it("passes over a URL that takes no connection, body and all, leaves it out after five times, and says so", async () => {
    const good = await upstream((_head, socket) => socket.write(OK));
    const backend = backendOf([await refusing(), good.url]);
    for (let i = 0; i < 12; i++) {
      expect(
        await ask(
          backend,
          { method: "POST", headers: ["Host", "a", "Content-Length", "3"], framing: 3 },
          "abc",
        ),
      ).toMatchObject({
        status: 200,
      });
    }
    expect(backend.problems()).toHaveLength(1);
    expect(backend.problems()[0]).toMatch(/keeps failing/);
  });

  it("tries every URL anyway when all are left out, and believes one that answers again", async () => {
    let healthy = false;
    const flaky = await upstream((_head, socket) => (healthy ? socket.write(OK) : socket.destroy()));
    const backend = backendOf([flaky.url]);
    for (let i = 0; i < 6; i++) expect((await ask(backend)).error).toBe("upstream_reset");
    expect(backend.problems()).toHaveLength(1);
    healthy = true;
    expect(await ask(backend)).toMatchObject({ status: 200 });
    expect(backend.problems()).toEqual([]);
  });

  it("sends a request again, once, if a reused connection turns out to be dead: GET, never POST", async () => {
    const dying = () =>
      upstream((_head, socket, nth) => {
        if (nth === 1) socket.write(OK);
        else if (nth === 2) socket.destroy();
        else socket.write(OK);
      });
    const first = await dying();
    const backend = backendOf([first.url]);
    await ask(backend);
    expect(await ask(backend)).toMatchObject({ status: 200 });
    expect(first.heads).toHaveLength(3);

    const second = await dying();
    const other = backendOf([second.url]);
    await ask(other);
    expect(await ask(other, { method: "POST" })).toMatchObject({ error: "upstream_reset" });
    expect(second.heads).toHaveLength(2);
  });

  it("does not send a request again after the first byte of an answer, nor on a new connection", async () => {
    const server = await upstream((_head, socket, nth) => {
      if (nth === 1) socket.write(OK);
      else socket.end("HTTP/1.1 2");
    });
    const backend = backendOf([server.url]);
    await ask(backend);
    expect((await ask(backend)).error).toBe("upstream_reset");
    expect((await ask(backend)).error).toBe("upstream_reset");
    expect(server.heads).toHaveLength(3);
  });

  it("does not trust a connection on which bytes follow the answer", async () => {
    const server = await upstream((_head, socket) =>
      socket.write(`${OK}HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil`),
    );
    const backend = backendOf([server.url]);
    expect((await ask(backend)).body).toBe("ok");
    expect((await ask(backend)).body).toBe("ok");
    expect(server.heads).toHaveLength(2);
  });

  it.each([
    ["GET", undefined],
    ["POST", "a body"],
  ])(
    "that answers before the request is out has answered another: a %s is asked again",
    async (method, body) => {
      const server = await upstream((_head, socket) => socket.write(OK));
      const backend = backendOf([server.url]);
      await ask(backend);
      const [idle] = server.sockets;
      const second = await new Promise<Result>((resolve) => {
        // From a timer: what the server has sent is read before this turn ends, and the request goes out.
        setTimeout(() => {
          idle?.write("HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
          const framing = body === undefined ? NO_BODY : body.length;
          resolve(ask(backend, { method, framing, retryable: body === undefined }, body));
        }, 1);
      });
      expect(second).toMatchObject({ status: 200, body: "ok", error: undefined });
      expect(server.heads).toHaveLength(2);
      expect(server.received().split("\r\n\r\n").at(-1)).toBe(body ?? "");
    },
  );

  it("that answers before a body's last bytes are out gets them before the next request", async () => {
    const server = await upstream((_head, socket, nth) => nth === 2 && socket.write(OK));
    const backend = backendOf([server.url]);
    const second = await new Promise<Result>((resolve) => {
      const call = backend.open(
        {
          ...{ method: "POST", target: "/x", headers: ["Host", "shop.test", "Transfer-Encoding", "chunked"] },
          ...{ ownHost: false, framing: CHUNKED, upgrade: false, retryable: false, timeoutMs: undefined },
        },
        {
          onRequestDrain: () => {},
          onInform: () => {},
          onHead: () => {},
          onUpgrade: () => {},
          onData: () => {},
          onEnd: () => resolve(ask(backend)),
          onError: (code) => resolve({ status: 0, headers: [], body: "", error: code }),
        },
      );
      call.write(Buffer.from("first"));
      const early = setInterval(() => {
        const [socket] = server.sockets;
        if (!server.received().includes("first")) return;
        clearInterval(early);
        // The answer is read in the turn in which the body ends.
        socket?.write(OK);
        call.end(undefined);
      }, 5);
    });
    expect(second).toMatchObject({ status: 200, body: "ok" });
    expect(server.received()).toMatch(/5\r\nfirst\r\n0\r\n\r\nGET \/x HTTP/);
    expect(server.sockets.size).toBe(1);
  });

  it("gives up an idle connection a second before the server would", async () => {
    const server = await upstream((_head, socket) => {
      socket.write("HTTP/1.1 200 OK\r\nKeep-Alive: timeout=1\r\nContent-Length: 0\r\n\r\n");
    });
    const backend = backendOf([server.url]);
    let connections = 0;
    server.server.on("connection", () => connections++);
    await ask(backend);
    await ask(backend);
    expect(connections).toBe(2);
  });

  it("writes the URL's own Host where the upstream wants that", async () => {
    const server = await upstream((_head, socket) => socket.write(OK));
    const backend = backendOf([server.url], { host: "upstream" });
    await ask(backend);
    expect(server.heads[0]).toContain(`\r\nHost: ${server.url.slice("http://".length)}`);
    expect(server.heads[0]).not.toContain("shop.test");
  });

  it("writes the URL's own Host where the client sent none", async () => {
    const server = await upstream((_head, socket) => socket.write(OK));
    await ask(backendOf([server.url]), { headers: ["Accept", "*/*"] });
    expect(server.heads[0]).toContain(`\r\nHost: ${server.url.slice("http://".length)}`);
  });

  it.each([
    ["takes no connection", "upstream_refused", undefined],
    ["never answers", "upstream_timeout", () => {}],
    ["hangs up", "upstream_reset", (socket: Socket) => socket.destroy()],
    ["talks nonsense", "upstream_invalid", (socket: Socket) => socket.write("SSH-2.0-OpenSSH\r\n\r\n")],
    [
      "switches protocols unasked",
      "upstream_invalid",
      (socket: Socket) => socket.write("HTTP/1.1 101 X\r\n\r\n"),
    ],
    ["stalls in its body", "upstream_body_idle", (socket: Socket) => socket.write(OK.slice(0, -1))],
    [
      "sends an endless head",
      "upstream_invalid",
      (socket: Socket) => socket.write(`HTTP/1.1 200 OK\r\nA: ${"x".repeat(70_000)}`),
    ],
    [
      "informs without end",
      "upstream_invalid",
      (socket: Socket) => socket.write("HTTP/1.1 103 X\r\n\r\n".repeat(40)),
    ],
  ] as const)("that %s is reported as %s", async (_what, code, act) => {
    const url =
      act === undefined ? await refusing() : (await upstream((_head, socket) => void act(socket))).url;
    const result = await ask(backendOf([url], { timeoutMs: 300 }));
    expect(result.error).toBe(code);
  });

  it("gives the same answer wherever its bytes are cut", async () => {
    const text =
      "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
    for (let cut = 1; cut < text.length; cut += 3) {
      const server = await upstream((_head, socket) => {
        socket.setNoDelay(true);
        socket.write(text.slice(0, cut), () => setImmediate(() => socket.write(text.slice(cut))));
      });
      expect(await ask(backendOf([server.url]))).toMatchObject({
        status: 200,
        body: "abcde",
        error: undefined,
      });
    }
  });
});

describe("a whole request that is given up before there is a connection", () => {
  async function leave(url: string): Promise<(boolean | undefined)[]> {
    const said: (boolean | undefined)[] = [];
    const nothing = () => {};
    await new Promise<void>((resolve) => {
      const request: BackendRequest = {
        ...{ method: "POST", target: "/left", headers: ["Host", "a", "Content-Length", "3"], framing: 3 },
        ...{ upgrade: false, retryable: false, timeoutMs: undefined },
      };
      const call = backendOf([url]).open(request, {
        ...{ onRequestDrain: nothing, onInform: nothing, onHead: nothing, onUpgrade: nothing },
        ...{ onData: nothing, onEnd: nothing, onError: nothing },
        onLeft: (taken) => {
          said.push(taken);
          if (taken !== undefined) resolve();
        },
      });
      call.write(Buffer.from("abc"));
      call.end(undefined);
      call.abort();
    });
    return said;
  }

  it("is said to be taken where it is sent", async () => {
    let arrive: (head: string) => void = () => {};
    const arrived = new Promise<string>((resolve) => {
      arrive = resolve;
    });
    const { url } = await upstream((head) => arrive(head));
    expect(await leave(url)).toEqual([undefined, true]);
    expect(await arrived).toMatch(/^POST \/left /);
  });

  it("is said not to be taken where nothing listens", async () => {
    const { url, server } = await upstream(() => {});
    await new Promise((resolve) => server.close(resolve));
    expect(await leave(url)).toEqual([undefined, false]);
  });
});
