import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
import { onTestFinished } from "vitest";
import type { AcmeTimes } from "../../../src/front-door/acme/times.ts";
import { FrontDoor } from "../../../src/front-door/front-door.ts";
import type { Pebble } from "../../support/pebble.ts";

interface AcmeDoorOptions {
  readonly domains?: readonly string[];
  readonly challenge?: "http-01" | "tls-alpn-01";
  readonly state?: string;
  readonly times?: Partial<AcmeTimes>;
  readonly httpPort?: number;
  readonly tlsPort?: number;
  readonly directory?: string;
  readonly folder?: string;
  readonly eab?: { readonly keyId: string; readonly key: string };
}

export const DOMAIN = "shop.example.test";

/** So that a test need not wait for what people would. */
const QUICK: Partial<AcmeTimes> = {
  pollMs: 100,
  spreadMs: 250,
  retryMs: 300,
  lastRetryMs: 1000,
  beatMs: 500,
  leaseMs: 3000,
};

/** A front door that orders its certificate from a pebble, with an upstream behind it. */
export class AcmeDoor {
  readonly folder: string;
  readonly httpPort: number;
  readonly tlsPort: number;
  readonly front: FrontDoor;
  adminUrl = "";
  private readonly pebble: Pebble;
  private readonly options: AcmeDoorOptions;
  private readonly upstream: number;

  private constructor(
    pebble: Pebble,
    folder: string,
    ports: readonly [number, number],
    front: FrontDoor,
    options: AcmeDoorOptions,
    upstream: number,
  ) {
    this.pebble = pebble;
    this.options = options;
    this.upstream = upstream;
    this.folder = folder;
    [this.httpPort, this.tlsPort] = ports;
    this.front = front;
  }

  static async open(pebble: Pebble, options: AcmeDoorOptions = {}): Promise<AcmeDoor> {
    const folder = options.folder ?? mkdtempSync(join(tmpdir(), "fig-acme-"));
    const upstream = createServer((_, response) => response.end("ok")).listen(0, "127.0.0.1");
    await once(upstream, "listening");
    const ports = [options.httpPort ?? pebble.httpPort, options.tlsPort ?? pebble.tlsPort] as const;
    const front = new FrontDoor(join(folder, "fig.yaml"), { quiet: true }, undefined, {
      ...QUICK,
      ...options.times,
    });
    const { port } = upstream.address() as AddressInfo;
    const door = new AcmeDoor(pebble, folder, ports, front, options, port);
    door.write({});
    ({ adminUrl: door.adminUrl } = await front.listen());
    onTestFinished(async () => {
      await front.close();
      upstream.close();
      if (options.folder === undefined) rmSync(folder, { recursive: true, force: true });
    });
    return door;
  }

  /** fig.yaml, with other options than it had. */
  write(other: AcmeDoorOptions): void {
    const { folder, pebble, upstream } = this;
    const { domains = [DOMAIN], challenge = "http-01", ...more } = { ...this.options, ...other };
    if (!existsSync(join(folder, "pebble.crt"))) writeFileSync(join(folder, "pebble.crt"), pebble.ca);
    const { directory = pebble.directory } = more;
    const acme = {
      directory,
      domains,
      email: "ops@example.test",
      termsAgreed: true,
      challenge,
      ca: "pebble.crt",
      eab: more.eab,
    };
    const listen = [`127.0.0.1:${this.httpPort}`, { address: `127.0.0.1:${this.tlsPort}`, tls: { acme } }];
    const fig = {
      ...{ listen, admin: "127.0.0.1:0", state: more.state ?? "sqlite:state.db", default: "m" },
      upstreams: { m: `http://127.0.0.1:${upstream}` },
    };
    writeFileSync(join(folder, "fig.yaml"), JSON.stringify(fig));
  }

  /** The issuer's name, and the certificate, that a client of this name gets. */
  async served(servername = DOMAIN, ca?: string) {
    const socket = connect({
      ...{ host: "127.0.0.1", port: this.tlsPort, servername, rejectUnauthorized: ca !== undefined },
      ...(ca === undefined ? {} : { ca }),
    });
    try {
      await once(socket, "secureConnect");
      const { raw, serialNumber, issuer } = socket.getPeerCertificate();
      return { raw: raw.toString("base64"), serialNumber, issuer: issuer.CN };
    } finally {
      socket.destroy();
    }
  }

  async problems(): Promise<string> {
    return (await this.front.status()).problems.join("\n");
  }

  get(path: string, port = this.httpPort): Promise<string> {
    return bodyOf(`http://127.0.0.1:${port}${path}`);
  }

  metrics(): Promise<string> {
    return bodyOf(`${this.adminUrl}/metrics`);
  }

  async orders(result: string): Promise<number> {
    const text = await this.metrics();
    return Number(
      new RegExp(`^fig_acme_orders_total\\{result="${result}"\\} (\\d+)$`, "m").exec(text)?.[1] ?? 0,
    );
  }
}

function bodyOf(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = request(url, (answer) => {
      let text = "";
      answer.on("data", (bytes) => {
        text += bytes;
      });
      answer.on("end", () => resolve(text));
      answer.on("error", reject);
    });
    asked.on("error", reject);
    asked.end();
  });
}
