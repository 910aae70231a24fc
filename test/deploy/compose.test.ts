import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { loadConfig } from "../../src/config/index.ts";
import { compose, DEPLOY } from "./manifests.ts";

const { services, volumes } = compose();
const ENV = {
  FIG_ADMIN_TOKEN: services.fig?.environment?.FIG_ADMIN_TOKEN ?? "",
  FIG_STATE: "memory:",
};

test("every file that compose.yaml mounts is there, every volume declared, every container in fig's network", () => {
  for (const [name, service] of Object.entries(services)) {
    expect(service.network_mode, name).toBe(name === "fig" ? undefined : "service:fig");
    for (const volume of service.volumes ?? []) {
      const source = volume.split(":")[0] as string;
      if (source.startsWith(".")) expect(existsSync(join(DEPLOY, source)), `${name}: ${source}`).toBe(true);
      else expect(Object.keys(volumes)).toContain(source);
    }
  }
  const { context, dockerfile } = services.fig?.build ?? { context: "", dockerfile: "" };
  expect(existsSync(join(DEPLOY, context, dockerfile))).toBe(true);
});

test("its front door's files pass, its ports are published, and it has the time to drain", async () => {
  const result = await loadConfig(join(DEPLOY, "compose/fig/fig.yaml"), ENV);
  if (!result.ok) throw new Error(JSON.stringify(result.problems, null, 1));
  const { config } = result;
  const fig = services.fig;
  const published = (fig?.ports ?? []).map((port) => port.split(":").at(-1));
  expect(published).toContain(String(config.listen[0]?.port));
  expect(published).toContain(String(config.admin.port));
  for (const port of fig?.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:/);
  const grace = Number(fig?.stop_grace_period?.replace("s", "")) * 1000;
  expect(grace).toBeGreaterThanOrEqual(config.drain.delayMs + config.drain.deadlineMs + 5000);
  expect(services.redis?.command?.join(" ")).toContain("--appendonly yes --appendfsync always");
});

test("Prometheus scrapes the admin address with the admin token, and reads the rules that are there", async () => {
  const prometheus = parse(readFileSync(join(DEPLOY, "compose/prometheus.yml"), "utf8")) as {
    readonly rule_files: readonly string[];
    readonly scrape_configs: readonly {
      readonly authorization: { readonly credentials: string };
      readonly static_configs: readonly { readonly targets: readonly string[] }[];
    }[];
  };
  for (const file of prometheus.rule_files) {
    expect(existsSync(join(DEPLOY, file.replace(/^fig\//, "prometheus/"))), file).toBe(true);
  }
  const [scrape] = prometheus.scrape_configs;
  expect(scrape?.authorization.credentials).toBe(ENV.FIG_ADMIN_TOKEN);
  expect(scrape?.static_configs[0]?.targets).toEqual(["127.0.0.1:9901"]);
});
