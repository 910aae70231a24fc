import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Container } from "kubernetes-types/core/v1.d.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { loadConfig } from "../../src/config/index.ts";
import type { FrontDoorConfig } from "../../src/domain/config.ts";
import {
  container,
  DEPLOY,
  filesBelow,
  kustomization,
  MODULES,
  manifest,
  manifests,
  pod,
  projectedVolume,
  readYaml,
  VARIANTS,
} from "./manifests.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "fig-manifests-"));
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const sidecar = (): Container => container(pod()?.initContainers, "fig");

async function configOf(file: string): Promise<FrontDoorConfig> {
  const result = await loadConfig(file, {
    FIG_ADMIN_TOKEN: "a-token-of-sixteen",
    FIG_STATE: "sqlite:/tmp/state.db",
  });
  if (!result.ok) throw new Error(JSON.stringify(result.problems, null, 1));
  expect(result.warnings).toEqual([]);
  return result.config;
}

test.each(VARIANTS)(
  "every manifest of %s has the fields, and only the fields, that Kubernetes's API knows",
  (variant) => {
    const lines = manifests(variant).map(({ file, ...document }, index) => {
      const module = MODULES[document.kind];
      expect(document.apiVersion, file).toBe(
        module === "core/v1" ? "v1" : ({ "networking/v1": "networking.k8s.io/v1" }[module] ?? module),
      );
      const type = `import("kubernetes-types/${module}").${document.kind}`;
      return `export const m${index}: ${type} = ${JSON.stringify(document)};`;
    });
    writeFileSync(join(folder, "manifests.ts"), `${lines.join("\n")}\n`);
    const options = [
      "--noEmit",
      "--strict",
      "--module",
      "esnext",
      "--moduleResolution",
      "bundler",
      "--types",
      "",
    ];
    const tsc = (file: string) =>
      spawnSync(join(ROOT, "node_modules/.bin/tsc"), [...options, file], { cwd: folder, encoding: "utf8" });
    const checked = tsc("manifests.ts");
    expect(`${checked.stdout}${checked.stderr}`).toBe("");
    expect(checked.status).toBe(0);
    // The check can fail.
    writeFileSync(
      join(folder, "typo.ts"),
      (lines[0] as string).replace('"readinessProbe"', '"readinessprobe"'),
    );
    expect(tsc("typo.ts").stdout).toContain("readinessprobe");
  },
);

test.each(VARIANTS)("the ConfigMaps of %s hold every file", (variant) => {
  const mapped = kustomization(variant).configMapGenerator.flatMap(({ files }) => files);
  expect([...mapped].sort()).toEqual(filesBelow(`${variant}/fig`).map((file) => `fig/${file}`));
});

test("the volume made of the ConfigMaps passes fig check", async () => {
  const mount = projectedVolume(join(folder, "etc-fig"));
  const config = await configOf(join(mount, "fig.yaml"));
  expect(config.routes.map(({ id }) => id)).toEqual(["orders.read"]);
  expect(config.migrations.map(({ number }) => number)).toEqual([1, 2]);
});

test("ports, probes and mounts of the sidecar are those that its fig.yaml makes", async () => {
  const config = await configOf(join(DEPLOY, "kubernetes/fig/fig.yaml"));
  const fig = sidecar();
  expect(fig.restartPolicy).toBe("Always");
  const ports = Object.fromEntries((fig.ports ?? []).map(({ name, containerPort }) => [name, containerPort]));
  expect(ports).toEqual({ http: config.listen[0]?.port, admin: config.admin.port });
  expect(manifest("Service", "shop").spec?.ports?.[0]?.targetPort).toBe("http");
  for (const [probe, path] of [
    [fig.startupProbe, "/livez"],
    [fig.livenessProbe, "/livez"],
    [fig.readinessProbe, "/readyz"],
  ] as const) {
    expect([probe?.httpGet?.path, probe?.httpGet?.port]).toEqual([path, "admin"]);
  }
  const mounts = new Map(fig.volumeMounts?.map((one) => [one.mountPath, one]));
  expect(fig.args?.at(-1)).toBe("/etc/fig/fig.yaml");
  expect(mounts.get("/etc/fig")).toMatchObject({ name: "fig", readOnly: true });
  expect([...mounts.values()].some((mount) => mount.subPath !== undefined)).toBe(false);
  // What the state URL names can be written.
  const state = fig.env?.find(({ name }) => name === "FIG_STATE")?.value ?? "";
  const copy = new URL(state.replace("$(FIG_REDIS_PASSWORD)", "x")).searchParams.get("copy") as string;
  expect(mounts.get("/var/lib/fig")?.readOnly).toBeUndefined();
  expect(copy.startsWith("/var/lib/fig/")).toBe(true);
  const served = config.upstreams.get("monolith");
  const monolith = new URL(served?.kind === "http" ? (served.urls[0] as string) : "");
  expect(container(pod()?.containers, "monolith").ports?.[0]?.containerPort).toBe(Number(monolith.port));
});

test("the pod ends in order: fig drains while the monolith still serves, and everything fits the grace period", async () => {
  const { drain } = await configOf(join(DEPLOY, "kubernetes/fig/fig.yaml"));
  const hook = sidecar().lifecycle?.preStop?.exec?.command;
  expect(hook).toEqual(["/usr/local/bin/node", "-e", "process.kill(1, 'SIGTERM')"]);
  const sleep = container(pod()?.containers, "monolith").lifecycle?.preStop?.sleep?.seconds as number;
  const drained = (drain.delayMs + drain.deadlineMs) / 1000;
  expect(sleep).toBeGreaterThanOrEqual(drained + 5);
  expect(pod()?.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(sleep + 15 + 5);
  // A probe must have failed, and been heard of, before the door shuts.
  const ready = sidecar().readinessProbe;
  expect((ready?.periodSeconds ?? 0) * (ready?.failureThreshold ?? 0)).toBeLessThan(drain.delayMs / 1000);
});

test("nothing runs as root, writes its image or gains rights; secrets come from Secrets", () => {
  const specs = [...VARIANTS.map(pod), manifest("StatefulSet", "fig-redis").spec?.template.spec];
  for (const spec of specs) {
    expect(spec?.securityContext).toMatchObject({
      runAsNonRoot: true,
      seccompProfile: { type: "RuntimeDefault" },
    });
    expect(spec?.automountServiceAccountToken).toBe(false);
    for (const one of [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])]) {
      expect(one.securityContext, one.name).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ["ALL"] },
      });
      expect(one.resources?.limits?.memory, one.name).toBeDefined();
      for (const variable of one.env ?? []) {
        if (/TOKEN|PASSWORD|AUTH/.test(variable.name)) expect(variable.valueFrom?.secretKeyRef).toBeDefined();
      }
    }
  }
});

test("Redis keeps what it acknowledged, and only front doors reach it; nobody reaches the monolith past fig", () => {
  const spec = manifest("StatefulSet", "fig-redis").spec;
  const args = container(spec?.template.spec?.containers, "redis").args ?? [];
  const option = (name: string) => args[args.indexOf(name) + 1];
  expect([option("--appendonly"), option("--appendfsync"), option("--maxmemory-policy")]).toEqual([
    "yes",
    "always",
    "noeviction",
  ]);
  expect(option("--dir")).toBe(
    container(spec?.template.spec?.containers, "redis").volumeMounts?.[0]?.mountPath,
  );
  expect(spec?.volumeClaimTemplates?.[0]?.metadata?.name).toBe("data");
  const labels = manifest("Deployment", "shop").spec?.template.metadata?.labels;
  const redis = manifest("NetworkPolicy", "fig-redis").spec;
  expect(redis?.ingress).toEqual([
    { ports: [{ port: 6379 }], from: [{ podSelector: { matchLabels: { fig: labels?.fig } } }] },
  ]);
  const shop = manifest("NetworkPolicy", "shop").spec;
  expect(shop?.podSelector?.matchLabels).toEqual({ fig: labels?.fig });
  expect(shop?.ingress?.flatMap((rule) => rule.ports?.map(({ port }) => port))).toEqual([8080, 9901]);
  expect(shop?.ingress?.[1]?.from?.length).toBeGreaterThan(0);
});

test("the PodMonitor finds the pods and their admin port, and names the job after the app", () => {
  const { spec } = readYaml<{
    readonly spec: {
      readonly jobLabel: string;
      readonly selector: { readonly matchLabels: Readonly<Record<string, string>> };
      readonly podMetricsEndpoints: readonly { readonly port: string }[];
    };
  }>("kubernetes/pod-monitor.yaml");
  const labels = manifest("Deployment", "shop").spec?.template.metadata?.labels ?? {};
  expect(labels).toMatchObject(spec.selector.matchLabels);
  expect(labels[spec.jobLabel]).toBe("shop");
  expect(sidecar().ports?.map(({ name }) => name)).toContain(spec.podMetricsEndpoints[0]?.port);
});
