import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import http2 from "node:http2";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
import type { Container } from "kubernetes-types/core/v1.d.ts";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { loadConfig } from "../../src/config/index.ts";
import type { FrontDoorConfig } from "../../src/domain/config.ts";
import { startFig } from "../e2e/fig-process.ts";
import { until } from "../e2e/until.ts";
import { certificate, type Pair } from "../support/certificates.ts";
import { container, manifest, pod, projectedVolume } from "./manifests.ts";

const ENVIRONMENT = { FIG_ADMIN_TOKEN: "a-token-of-sixteen", FIG_STATE: "memory:" };

const edge = () => pod("kubernetes-edge");
const fig = (): Container => container(edge()?.containers, "fig");

let mount: string;
beforeEach(() => {
  mount = mkdtempSync(join(tmpdir(), "fig-edge-"));
  return () => rmSync(mount, { recursive: true, force: true });
});

/** The volume with this certificate in its Secret. */
function laidOut({ cert, key }: Pair, version = "..v1", edit = (text: string) => text): void {
  projectedVolume(mount, {
    ...{ folder: "kubernetes-edge", version, edit },
    secrets: { "tls.crt": cert, "tls.key": key },
  });
}

async function configOf(): Promise<FrontDoorConfig> {
  const result = await loadConfig(join(mount, "fig.yaml"), ENVIRONMENT);
  if (!result.ok) throw new Error(JSON.stringify(result.problems, null, 1));
  expect(result.warnings).toEqual([]);
  return result.config;
}

test("the volume with the Secret in it passes fig check, with not a word about who may read the key", async () => {
  laidOut(certificate({ names: ["shop.test"] }));
  const { listen, routes, migrations, workers, limits } = await configOf();
  expect(listen.map(({ tls }) => tls?.certificates.map(({ name }) => name))).toEqual([["shop.test"]]);
  expect([routes.length, migrations.length, workers]).toEqual([1, 1, "auto"]);
  expect([limits.connections, limits.bodyBytes].every((bound) => bound > 0)).toBe(true);
});

test("what the comment on mTLS says is all that it takes", async () => {
  laidOut(certificate(), "..v1", (text) =>
    text.replace(/# (clients: \{.*?\}).*/, "$1").replace("clients/ca.crt", "tls/tls.crt"),
  );
  expect((await configOf()).listen[0]?.tls?.clients).toMatchObject({ require: true });
});

test("ports, probes and mounts are those that its fig.yaml makes; whole CPUs, and memory for each process", async () => {
  laidOut(certificate());
  const { listen, admin } = await configOf();
  const { args, env, ports, resources, startupProbe, livenessProbe, readinessProbe, volumeMounts } = fig();
  expect(Object.fromEntries((ports ?? []).map((one) => [one.name, one.containerPort]))).toEqual({
    https: listen[0]?.port,
    admin: admin.port,
  });
  expect(manifest("Service", "fig-edge", "kubernetes-edge").spec?.ports).toMatchObject([
    { port: 443, targetPort: "https" },
  ]);
  const open = manifest("NetworkPolicy", "fig-edge", "kubernetes-edge").spec?.ingress;
  expect(open?.map((rule) => rule.ports?.[0]?.port)).toEqual([listen[0]?.port, admin.port]);
  expect(open?.[1]?.from?.length).toBeGreaterThan(0);
  for (const probe of [startupProbe, livenessProbe, readinessProbe])
    expect([["/livez", "/readyz"].includes(probe?.httpGet?.path ?? ""), probe?.httpGet?.port]).toEqual([
      true,
      "admin",
    ]);
  expect(readinessProbe?.httpGet?.path).toBe("/readyz");
  expect(args?.at(-1)).toBe("/etc/fig/fig.yaml");
  expect(volumeMounts?.some((one) => one.subPath !== undefined)).toBe(false);
  const cpus = Number(resources?.limits?.cpu);
  expect([Number.isInteger(cpus), resources?.requests]).toEqual([true, resources?.limits]);
  const heap = /^--max-old-space-size=(\d+)$/.exec(
    env?.find(({ name }) => name === "NODE_OPTIONS")?.value ?? "",
  );
  // What docs/reference/limits.md says of this heap, for each worker; and for the process that keeps them.
  expect(heap?.[1]).toBe("128");
  const memory = Number(/^(\d+)Mi$/.exec(String(resources?.limits?.memory))?.[1]);
  expect(cpus * 448 + 384).toBeLessThanOrEqual(memory);
});

test("the pod ends in order: the drain fits the grace period, and probes fail before the door shuts", async () => {
  laidOut(certificate());
  const { drain } = await configOf();
  const seconds = (drain.delayMs + drain.deadlineMs) / 1000;
  expect(edge()?.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(seconds + 10);
  const { periodSeconds = 0, failureThreshold = 0 } = fig().readinessProbe ?? {};
  expect(periodSeconds * failureThreshold).toBeLessThan(drain.delayMs / 1000);
});

async function served(port: number): Promise<string> {
  const socket = connect({ host: "127.0.0.1", port, rejectUnauthorized: false });
  try {
    await once(socket, "secureConnect");
    return socket.getPeerX509Certificate()?.toString() ?? "";
  } finally {
    socket.destroy();
  }
}

async function overHttp2(url: string): Promise<string> {
  const client = http2.connect(url, { rejectUnauthorized: false });
  try {
    const stream = client.request({ ":path": "/" }).setEncoding("utf8");
    let body = "";
    for await (const text of stream) body += text;
    return body;
  } finally {
    client.close();
  }
}

test("it serves HTTP/2 with the Secret's certificate, takes a renewed one up, and ends with SIGTERM", async () => {
  const upstream = createServer((_, response) => response.end("ok")).listen(0, "127.0.0.1");
  await once(upstream, "listening");
  onTestFinished(() => void upstream.close());
  const { port } = upstream.address() as AddressInfo;
  const [first, second] = [certificate(), certificate()];
  // As it stands, but for addresses that this machine has, and a shorter drain.
  const here = (text: string) =>
    text
      .replaceAll(/0\.0\.0\.0:\d+/g, "127.0.0.1:0")
      .replace("http://monolith-pods:3000", `http://127.0.0.1:${port}`)
      .replace("delay: 10s", "delay: 10ms");
  laidOut(first, "..v1", here);
  const heap = fig().env?.find(({ name }) => name === "NODE_OPTIONS")?.value ?? "";
  const door = await startFig(join(mount, "fig.yaml"), { ...ENVIRONMENT, NODE_OPTIONS: heap });
  onTestFinished(async () => void (await door.stop()));
  const { url, adminUrl } = door.ready;
  expect(await overHttp2(url)).toBe("ok");
  for (const path of ["/livez", "/readyz"])
    expect((await fetch(new URL(path, adminUrl))).status, path).toBe(200);
  const tls = Number(new URL(url).port);
  expect(await served(tls)).toBe(first.cert);
  laidOut(second, "..v2", here);
  await until(
    () => served(tls),
    (now) => now === second.cert,
  );
  expect(await overHttp2(url)).toBe("ok");
  expect(await door.stop()).toBe(0);
});
