import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { COMPARISON_OUTCOMES, SHADOW_OUTCOMES } from "../../src/domain/outcomes.ts";
import { SIDES } from "../../src/domain/position.ts";
import type { MetricInfo } from "../../src/observe/metric-info.ts";
import { METRICS } from "../../src/observe/metric-table.ts";
import { type SideUpstream, type SplitDoor, startSide, startSplitDoor } from "../e2e/support/split-door.ts";
import { series } from "../support/series.ts";
import { DEPLOY, readYaml } from "./manifests.ts";
import { type Known, problemsOf } from "./promql.ts";
import { PROMTOOL, promtool, WITHOUT } from "./promtool.ts";

interface Rule {
  readonly record?: string;
  readonly alert?: string;
  readonly expr: string;
}

interface Panel {
  readonly id: number;
  readonly title: string;
  readonly type: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
}

interface Dashboard {
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly definition?: string }[] };
  readonly annotations: { readonly list: readonly { readonly expr: string }[] };
}

const rulesOf = (file: string) =>
  readYaml<{ readonly groups: readonly { readonly rules: readonly Rule[] }[] }>(
    `prometheus/${file}`,
  ).groups.flatMap(({ rules }) => rules);
const dashboard = JSON.parse(readFileSync(join(DEPLOY, "grafana/strangler-fig.json"), "utf8")) as Dashboard;
const recording = rulesOf("rules.yml");
const alerts = rulesOf("alerts.yml");

let sides: readonly SideUpstream[];
let door: SplitDoor;
let known: Known;

beforeAll(async () => {
  sides = [await startSide("legacy"), await startSide("modern")];
  door = await startSplitDoor(...(sides as [SideUpstream, SideUpstream]));
  await (await fetch(door.url)).text();
  known = knownFrom(await (await fetch(new URL("/metrics", door.adminUrl))).text());
});

afterAll(async () => {
  await door?.close();
  for (const side of sides ?? []) side.close();
});

/** What a running front door exports, and what its table says that it will when there is a reason to. */
function knownFrom(exposition: string): Known {
  // What Prometheus adds to every series.
  const OF_TARGET = ["job", "namespace", "instance"];
  const labels = new Map<string, Set<string>>([["up", new Set(OF_TARGET)]]);
  const add = (name: string, names: Iterable<string>) =>
    labels.set(name, new Set([...(labels.get(name) ?? OF_TARGET), ...names]));
  for (const line of series(exposition).keys()) {
    const [, name, inside] = /^([a-zA-Z0-9_:]+)(?:\{(.*)\})?$/.exec(line) as RegExpExecArray;
    add(
      name as string,
      [...(inside ?? "").matchAll(/(?:^|,)([a-z_]+)="/g)].map((match) => match[1] as string),
    );
  }
  for (const [name, info] of Object.entries(METRICS) as [string, MetricInfo][]) {
    if (info.type !== "histogram") add(name, info.labels);
    else
      for (const suffix of ["bucket", "sum", "count"])
        add(`${name}_${suffix}`, [...info.labels, ...(suffix === "bucket" ? ["le"] : [])]);
  }
  for (const { record } of recording) {
    // level:metric:operations, the level being the labels that are left.
    if (record !== undefined) add(record, (record.split(":")[0] as string).split("_"));
  }
  const values = {
    side: SIDES,
    outcome: [...SHADOW_OUTCOMES, ...COMPARISON_OUTCOMES],
    kind: ["modern", "shadow"],
  };
  return { labels, values };
}

test("a door exports every metric of its table that is always there, and the check knows a wrong word", () => {
  for (const [name, { appears }] of Object.entries(METRICS)) {
    if (appears.startsWith("Always")) expect([...known.labels.keys()]).toContain(name);
  }
  expect(problemsOf('sum by (side) (rate(fig_request_total{side="modern"}[5m]))', known)).toEqual([
    "fig_request_total is not exported",
  ]);
  expect(problemsOf('sum by (sides) (rate(fig_requests_total{site="modern"}[5m]))', known)).toEqual([
    "fig_requests_total has no label site",
    "no metric here has the label sides",
  ]);
  expect(problemsOf('fig_shadow_requests_total{outcome="dropped"}', known)).toEqual([
    'outcome is never "dropped"',
  ]);
});

test("rules and alerts ask only for metrics, labels and values that a front door exports", () => {
  for (const { record, alert, expr } of [...recording, ...alerts]) {
    expect(problemsOf(expr, known), record ?? alert).toEqual([]);
  }
});

test("the Grafana dashboard asks only for metrics, labels and values that a front door exports, and for all of ours", () => {
  const asked: string[] = [];
  for (const { title, targets } of dashboard.panels) {
    for (const { expr, legendFormat } of targets ?? []) {
      expect(problemsOf(expr, known), `${title}: ${expr}`).toEqual([]);
      for (const [, label] of legendFormat.matchAll(/\{\{(\w+)\}\}/g))
        expect(`${expr} instance`, title).toContain(label as string);
      asked.push(expr);
    }
  }
  for (const { expr } of dashboard.annotations.list) expect(problemsOf(expr, known)).toEqual([]);
  for (const { name, definition } of dashboard.templating.list) {
    if (definition === undefined) continue;
    const [, expr, label] = /^label_values\((.*), (\w+)\)$/.exec(definition) as RegExpExecArray;
    expect(problemsOf(`sum by (${label}) (${expr})`, known), name).toEqual([]);
  }
  const all = [...asked, ...recording.map(({ expr }) => expr), ...alerts.map(({ expr }) => expr)].join("\n");
  for (const name of Object.keys(METRICS)) expect(all).toContain(name);
});

test("nothing is added up over fleets: rules keep job and namespace, every query of the dashboard names one", () => {
  for (const { record, alert, expr } of [...recording, ...alerts]) {
    for (const [words] of expr.matchAll(
      /\b(?:by|on|without|ignoring) \(.*?\)|\b(?:sum|min|max|avg|count) \(/g,
    ))
      expect(words, record ?? alert).toMatch(/^(?:by|on) \(job, namespace[,)]/);
  }
  const [job, namespace] = ["job", "namespace"].map((name) =>
    dashboard.templating.list.find((one) => one.name === name),
  );
  expect([job?.definition, namespace?.definition]).toEqual([
    "label_values(fig_build_info, job)",
    'label_values(fig_build_info{job="$job"}, namespace)',
  ]);
  const queries = [
    ...dashboard.panels.flatMap(({ targets }) => targets ?? []),
    ...dashboard.annotations.list,
    { expr: dashboard.templating.list.find(({ name }) => name === "route")?.definition ?? "" },
  ];
  for (const { expr } of queries) {
    const bare = expr.replaceAll('{job="$job",namespace=~"$namespace"', "@");
    for (const [name] of bare.matchAll(/\b(?:fig|process|nodejs)_[a-z0-9_]+@?/g))
      expect(name, expr).toMatch(/@$/);
  }
});

test("the dashboard's panels have a number each, and none lies over another or over the edge", () => {
  const taken = new Set<string>();
  for (const {
    title,
    gridPos: { x, y, w, h },
  } of dashboard.panels) {
    expect(x + w, title).toBeLessThanOrEqual(24);
    for (let i = x; i < x + w; i++) {
      for (let j = y; j < y + h; j++) {
        expect(taken.has(`${i} ${j}`), `${title} at ${i} ${j}`).toBe(false);
        taken.add(`${i} ${j}`);
      }
    }
  }
  expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
});

if (!PROMTOOL && process.env.CI === "true") {
  test("promtool is there to check the rules", () => {
    expect.fail(WITHOUT);
  });
} else if (!PROMTOOL) {
  process.stderr.write(`SKIPPED: ${WITHOUT}\n`);
  test.skip(`promtool checks rules, alerts and dashboard: SKIPPED, ${WITHOUT}`, () => undefined);
} else {
  test("promtool checks the rules and runs their unit tests; every alert has one", () => {
    const path = (name: string) => join(DEPLOY, "prometheus", name);
    expect(promtool(["check", "rules", "--lint-fatal", path("rules.yml"), path("alerts.yml")])).toMatchObject(
      { ok: true },
    );
    const tested = promtool(["test", "rules", path("tests.yml")]);
    expect(tested.ok, tested.output).toBe(true);
    const tests = readFileSync(path("tests.yml"), "utf8");
    for (const { alert } of alerts) expect(tests).toContain(`alertname: ${alert}`);
  });

  test("promtool takes every query of the dashboard, and the whole exposition of a door", async () => {
    const queries = dashboard.panels.flatMap(({ targets }) => targets ?? []).map(({ expr }) => expr);
    const rules = [...queries, ...dashboard.annotations.list.map(({ expr }) => expr)].map((expr, i) => ({
      record: `query:${i}`,
      expr: expr
        .replaceAll("$__rate_interval", "5m")
        .replaceAll("$route", ".*")
        .replaceAll("$job", "fig")
        .replaceAll("$namespace", ".*"),
    }));
    const file = join(mkdtempSync(join(tmpdir(), "fig-promtool-")), "queries.yml");
    writeFileSync(file, JSON.stringify({ groups: [{ name: "queries", rules }] }));
    const checked = promtool(["check", "rules", file]);
    rmSync(dirname(file), { recursive: true });
    expect(checked.output).toContain(`SUCCESS: ${rules.length} rules found`);
    const exposition = await (await fetch(new URL("/metrics", door.adminUrl))).text();
    const ours = exposition.split("\n").filter((line) => /^(?:# (?:HELP|TYPE) )?fig_/.test(line));
    expect(promtool(["check", "metrics"], `${ours.join("\n")}\n`)).toEqual({ ok: true, output: "" });
  });
}
