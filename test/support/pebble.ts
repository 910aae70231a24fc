import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { get } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { until } from "../e2e/until.ts";
import { certificate, type Pair } from "./certificates.ts";
import { freePort } from "./free-port.ts";

const [PEBBLE, CHALLTESTSRV] = ["/usr/bin/pebble", "/usr/bin/pebble-challtestsrv"] as const;

/** Runs `tests` where Debian's pebble is. Where not: in CI a failure, else skipped aloud, with what installs it. */
export function withPebble(what: string, tests: () => void): void {
  const missing = [PEBBLE, CHALLTESTSRV].find((path) => !existsSync(path));
  if (missing === undefined) {
    tests();
    return;
  }
  const why = `${missing} is missing: apt-get install -y pebble`;
  if (process.env.CI === "true") test(`what ${what} needs is there`, () => expect.fail(why));
  else {
    process.stderr.write(`SKIPPED: ${what}: ${why}\n`);
    test.skip(`${what}: SKIPPED, ${why}`, () => undefined);
  }
}

interface PebbleOptions {
  /** How long what it issues is good for, seconds. */
  readonly validSeconds?: number;
  /** Of so many requests in a hundred it rejects the nonce. */
  readonly nonceReject?: number;
  /** Who may make an account: keys of HMAC (base64url) by their ids. Left out: everybody. */
  readonly customers?: Readonly<Record<string, string>>;
}

/** An ACME server that validates for real: every name is 127.0.0.1, where it asks these ports. */
export class Pebble {
  /** Where it asks for http-01 and tls-alpn-01. */
  readonly httpPort: number;
  readonly tlsPort: number;
  /** PEM: who signed the certificate of its own server. */
  readonly ca: string;
  readonly directory: string;
  readonly port: number;
  private readonly folder = mkdtempSync(join(tmpdir(), "fig-pebble-"));
  private readonly ports: readonly number[];
  /** Of its own server, for localhost. */
  readonly own: Pair;
  private readonly options: PebbleOptions;
  private readonly children: ChildProcess[] = [];
  private said = "";

  private constructor(ports: readonly number[], options: PebbleOptions) {
    const [port = 0, , httpPort = 0, tlsPort = 0] = ports;
    this.ports = ports;
    this.port = port;
    this.httpPort = httpPort;
    this.tlsPort = tlsPort;
    this.options = options;
    this.directory = `https://localhost:${port}/dir`;
    const authority = certificate({ names: ["pebble"], authority: true });
    this.ca = authority.cert;
    this.own = certificate({ signedBy: authority });
  }

  static async start(options: PebbleOptions = {}): Promise<Pebble> {
    const ports: number[] = [];
    for (let i = 0; i < 6; i++) ports.push(await freePort());
    const pebble = new Pebble(ports, options);
    onTestFinished(async () => {
      await pebble.stop();
      rmSync(pebble.folder, { recursive: true, force: true });
    });
    await pebble.start();
    return pebble;
  }

  /** Again on the same ports; it has forgotten everything. */
  async start(): Promise<void> {
    const [port, management, httpPort, tlsPort, dns, dnsManagement] = this.ports;
    const at = (name: string) => join(this.folder, name);
    const { validSeconds, nonceReject = 30, customers } = this.options;
    writeFileSync(at("own.crt"), this.own.cert);
    writeFileSync(at("own.key"), this.own.key);
    const pebble = {
      listenAddress: `127.0.0.1:${port}`,
      managementListenAddress: `127.0.0.1:${management}`,
      certificate: at("own.crt"),
      privateKey: at("own.key"),
      ...{ httpPort, tlsPort, ocspResponderURL: "" },
      externalAccountBindingRequired: customers !== undefined,
      externalAccountMACKeys: customers ?? {},
      ...(validSeconds === undefined ? {} : { certificateValidityPeriod: validSeconds }),
    };
    writeFileSync(at("pebble.json"), JSON.stringify({ pebble }));
    const env = {
      ...process.env,
      PEBBLE_VA_NOSLEEP: "1",
      PEBBLE_AUTHZREUSE: "0",
      PEBBLE_WFE_NONCEREJECT: String(nonceReject),
    };
    const nowhere = ["-http01", "", "-https01", "", "-tlsalpn01", ""];
    const names = ["-defaultIPv4", "127.0.0.1", "-defaultIPv6", ""];
    this.run(CHALLTESTSRV, [
      ...[...names, ...nowhere, "-dns01", `127.0.0.1:${dns}`],
      ...["-management", `127.0.0.1:${dnsManagement}`],
    ]);
    this.run(PEBBLE, ["-config", at("pebble.json"), "-dnsserver", `127.0.0.1:${dns}`, "-strict"], env);
    await until(
      () => this.root().catch(() => ""),
      (text) => text.includes("BEGIN CERTIFICATE"),
    );
  }

  async stop(): Promise<void> {
    for (const child of this.children.splice(0)) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const exited = once(child, "exit");
      child.kill("SIGKILL");
      await exited;
    }
  }

  /** The authority's own certificate, of this start. */
  root(): Promise<string> {
    const url = `https://localhost:${this.ports[1]}/roots/0`;
    return new Promise((resolve, reject) => {
      get(url, { ca: this.ca }, (answer) => {
        let text = "";
        answer.on("data", (bytes) => {
          text += bytes;
        });
        answer.on("end", () => resolve(text));
        answer.on("error", reject);
      }).on("error", reject);
    });
  }

  /** What it logged. */
  get log(): string {
    return this.said;
  }

  private run(command: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): void {
    const child = spawn(command, args, { cwd: this.folder, env, stdio: ["ignore", "pipe", "pipe"] });
    const hear = (bytes: Buffer) => {
      this.said = (this.said + bytes.toString()).slice(-200_000);
    };
    child.stdout.on("data", hear);
    child.stderr.on("data", hear);
    this.children.push(child);
  }
}
