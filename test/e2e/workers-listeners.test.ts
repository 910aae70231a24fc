import { once } from "node:events";
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import http2 from "node:http2";
import { createConnection, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type TLSSocket } from "node:tls";
import { afterEach, describe, expect, test, vi } from "vitest";
import { FrontDoor } from "../../src/front-door/front-door.ts";
import { TICKETS_MS } from "../../src/lanes/front/ticket-keys.ts";
import { certificate, type Pair } from "../support/certificates.ts";
import { startCountingUpstream } from "./counting-upstreams.ts";
import { childrenOf } from "./support/socket-owners.ts";
import { until } from "./until.ts";

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const isWorker = (pid: number) => readFileSync(`/proc/${pid}/cmdline`, "latin1").includes("serving-worker");

/** A front door of this process, with two workers. */
async function twoWorkers(pair: Pair, settings: readonly string[] = []) {
  const folder = mkdtempSync(join(tmpdir(), "fig-workers-"));
  cleanups.push(() => rmSync(folder, { recursive: true, force: true }));
  const legacy = await startCountingUpstream("legacy");
  cleanups.push(() => legacy.close());
  const put = ({ cert, key }: Pair) => {
    for (const [name, text] of Object.entries({ key, cert })) {
      writeFileSync(join(folder, `${name}.new`), text, { mode: 0o600 });
      renameSync(join(folder, `${name}.new`), join(folder, `${name}.pem`));
    }
  };
  put(pair);
  const files = (timeout = "10s") => {
    const lines = [
      'listen: ["127.0.0.1:0", { address: "127.0.0.1:0", tls: { cert: cert.pem, key: key.pem } }]',
      "admin: 127.0.0.1:0",
      'state: "memory:"',
      "workers: 2",
      "default: legacy",
      ...settings,
      `upstreams: { legacy: { urls: ["${legacy.url}"], timeout: ${timeout} } }`,
    ];
    writeFileSync(join(folder, "fig.yaml"), `${lines.join("\n")}\n`);
  };
  files();
  const door = new FrontDoor(join(folder, "fig.yaml"), { quiet: true });
  cleanups.push(() => door.close());
  const { urls, adminUrl } = await door.listen();
  const [plain = "", secure = ""] = urls;
  const workers = () => childrenOf(process.pid).filter(isWorker);
  const metrics = async () => (await fetch(`${adminUrl}/metrics`)).text();
  return {
    ...{ door, put, files, plain, secure, metrics },
    /** What `ask` comes to when each worker alone takes connections. */
    async ofEach<Value>(ask: () => Promise<Value>): Promise<readonly Value[]> {
      const values: Value[] = [];
      for (const pid of workers()) {
        process.kill(pid, "SIGSTOP");
        try {
          values.push(await ask());
        } finally {
          process.kill(pid, "SIGCONT");
        }
      }
      return values;
    },
    async killOne() {
      const [pid = 0] = workers();
      process.kill(pid, "SIGKILL");
      await until(
        () => workers().includes(pid),
        (there) => !there,
      );
      await until(metrics, (text) => text.includes('fig_workers{state="serving"} 2\n'));
    },
  };
}

/** One connection with a request on it: of TLS 1.3 a ticket comes behind the handshake, and before the answer. */
async function secured(url: string, session?: Buffer) {
  const { hostname: host, port } = new URL(url);
  const options = { host, port: Number(port), rejectUnauthorized: false };
  const socket: TLSSocket = connect({ ...options, ...(session === undefined ? {} : { session }) });
  await once(socket, "secureConnect");
  socket.write("GET /x HTTP/1.1\r\nhost: localhost\r\n\r\n");
  const [answer] = (await once(socket, "data")) as [Buffer];
  const said = {
    status: answer.toString("latin1").slice(9, 12),
    resumed: socket.isSessionReused(),
    certificate: socket.getPeerX509Certificate()?.raw.toString("base64") ?? "",
    session: socket.getSession(),
  };
  socket.destroy();
  return said;
}

async function overHttp2(url: string): Promise<string> {
  const client = http2.connect(url, { rejectUnauthorized: false });
  try {
    const stream = client.request({ ":path": "/h2" });
    let body = "";
    for await (const bytes of stream) body += bytes;
    return body;
  } finally {
    client.destroy();
  }
}

const der = ({ cert }: Pair) => cert.replaceAll(/-----[^-]+-----|\s/g, "");

describe("two workers", () => {
  test("take each other's session tickets, and a renewed certificate, also one that began later", {
    timeout: 60_000,
  }, async () => {
    const intervals = vi.spyOn(globalThis, "setInterval");
    cleanups.push(() => intervals.mockRestore());
    const [first, second] = [certificate(), certificate()];
    const { door, put, secure, metrics, ofEach, killOne } = await twoWorkers(first);
    const { session } = await secured(secure);
    const again = await ofEach(() => secured(secure, session));
    expect(again.map(({ resumed, status }) => [resumed, status])).toEqual([
      [true, "200"],
      [true, "200"],
    ]);
    expect(await metrics()).toContain('fig_tls_handshakes_total{result="resumed"} 2\n');

    put(second);
    // In force in both when it is answered.
    await door.reload();
    const fresh = await ofEach(() => secured(secure));
    expect(fresh.map(({ certificate: served }) => served)).toEqual([der(second), der(second)]);
    await killOne();
    const later = await ofEach(async () => [await secured(secure), await secured(secure, session)] as const);
    expect(later.map(([full, one]) => [full.certificate, full.resumed, one.resumed])).toEqual(
      [1, 2].map(() => [der(second), false, true]),
    );

    const rotate = intervals.mock.calls.find(([, ms]) => ms === TICKETS_MS)?.[0] as () => void;
    rotate();
    // Asked after it, so in force before that is answered.
    await metrics();
    expect((await ofEach(() => secured(secure, session))).map(({ resumed }) => resumed)).toEqual([
      false,
      false,
    ]);
    const { session: newer } = await secured(secure);
    await killOne();
    expect((await ofEach(() => secured(secure, newer))).map(({ resumed }) => resumed)).toEqual([true, true]);
  });

  test("speak HTTP/2 by its preface and over TLS", { timeout: 60_000 }, async () => {
    const { plain, secure, metrics, ofEach } = await twoWorkers(certificate());
    for (const url of [plain, secure])
      expect(await ofEach(() => overHttp2(url))).toEqual(['{"path":"/h2"}', '{"path":"/h2"}']);
    expect(await metrics()).toContain('fig_lane_requests_total{lane="h2"} 4\n');
  });

  test("share out the connections that clients may have, and count together those turned away", {
    timeout: 60_000,
  }, async () => {
    const { plain, metrics, ofEach } = await twoWorkers(certificate(), ["limits: { connections: 5 }"]);
    const { hostname: host, port } = new URL(plain);
    const open: Socket[] = [];
    cleanups.push(() => open.forEach((socket) => void socket.destroy()));
    const taken = async () => {
      const socket = createConnection({ host, port: Number(port) }).on("error", () => {});
      open.push(socket);
      socket.write("GET /x HTTP/1.1\r\nhost: localhost\r\n\r\n");
      return await new Promise<boolean>((resolve) => {
        socket.once("data", () => resolve(true)).once("close", () => resolve(false));
      });
    };
    const each = await ofEach(async () => [await taken(), await taken(), await taken()]);
    expect(each).toEqual([
      [true, true, false],
      [true, true, false],
    ]);
    const text = await metrics();
    expect(text).toContain("\nfig_connections 4\n");
    expect(text).toContain('fig_rejected_total{code="connection_limit"} 2\n');
  });

  test("have an upstream as one, and what an ended one counted stays until the upstream is another", {
    timeout: 60_000,
  }, async () => {
    const { door, plain, metrics, ofEach, killOne, files } = await twoWorkers(certificate());
    const answered = async () =>
      Number(
        /^fig_upstream_tries_total\{upstream="legacy",result="answered"\} (\d+)$/m.exec(await metrics())?.[1],
      );
    const ask = async () => {
      for (let i = 0; i < 5; i++)
        await (await fetch(`${plain}/x`, { headers: { connection: "close" } })).text();
    };
    await ofEach(ask);
    expect(await answered()).toBe(10);
    const { upstreams = [] } = await door.status();
    expect(upstreams.map(({ name, members }) => [name, members.length])).toEqual([["legacy", 1]]);
    await killOne();
    expect(await answered()).toBe(10);
    await ask();
    expect(await answered()).toBe(15);
    files("9s");
    await door.reload();
    await ask();
    expect(await answered()).toBe(5);
  });
});
