import { describe, expect, test } from "vitest";
import { ADMIN_ERRORS } from "../../src/admin/error-table.ts";
import { EXIT } from "../../src/cli/exit-codes.ts";
import type { Attention } from "../../src/control/board-contract.ts";
import { acceptResplits } from "../../src/control/resplit.ts";
import { attention as attentionSchema } from "../../src/control/schemas/board-answers.ts";
import type { FigError } from "../../src/domain/errors.ts";
import type { GateDefinition } from "../../src/domain/gate/contract.ts";
import type { RouteDefinition } from "../../src/domain/route.ts";
import { aConfig, errorOf, times, WHO } from "../control/harness.ts";
import { aRoute, aStep, at } from "../domain/definitions.ts";
import { aStage, commandsIn, type Stage } from "./remedies-world.ts";

const a = aRoute("a", { start: at(0, 100) });
const b = aRoute("b");
const gate: GateDefinition = {
  minComparisons: 10,
  maxMismatchRate: undefined,
  maxErrorRateIncrease: undefined,
  maxLatencyRatio: undefined,
  minDurationMs: undefined,
};
const ten = aStep(1, { a: { modern: 10 } }, { name: "ten" });
const half = aStep(2, { a: { modern: 50 } }, { name: "half" });
const files = aConfig({ routes: [a, b] });
const stepped = aConfig({ routes: [a, b], migrations: [ten, half] });
const by = "ana";

/** The route's file changed: another definition, with a window of its own. */
const changed = (route: RouteDefinition): RouteDefinition => ({ ...route, hash: `${route.hash}-2` });
const reloaded = (over: Parameters<typeof aConfig>[0]) => (stage: Stage) => stage.live.reload(aConfig(over));

async function shifted(stage: Stage, route: string, modern: number, shadow = 100) {
  await stage.control.shift({ target: { route }, modern, shadow, ...WHO });
}

interface Situation {
  make(): Promise<Stage>;
  /** By what the remedy says in words: what a person then does. Its commands are run as they stand. */
  readonly words: Readonly<Record<string, (stage: Stage) => unknown>>;
}

async function failing(route: RouteDefinition, modern: number): Promise<Stage> {
  const stage = await aStage(aConfig({ routes: [route, b] }));
  if (modern > 0) await shifted(stage, "a", modern);
  times(200, () => stage.tally("a").answered("modern", 500, 1000, true, false));
  // Not for most of its clients: that would be another problem.
  times(300, () => stage.tally("a").answered("modern", 200, 1000, false, false));
  return stage;
}

async function failingForAll(side: "legacy" | "modern"): Promise<Stage> {
  const stage = await aStage(files);
  await shifted(stage, "a", side === "modern" ? 10 : 0);
  times(50, () => stage.tally("a").answered(side, 502, 1000, true, false));
  return stage;
}

async function late(): Promise<Stage> {
  const stage = await aStage(aConfig({ routes: [a, b], migrations: [half] }));
  await stage.control.migrate({ action: "up", by });
  await stage.live.reload(stepped);
  return stage;
}

async function applied(): Promise<Stage> {
  const stage = await aStage(stepped);
  await stage.control.migrate({ action: "up", by });
  return stage;
}

async function drifted(): Promise<Stage> {
  const stage = await applied();
  await shifted(stage, "a", 5, 20);
  return stage;
}

async function heldByGuard(): Promise<Stage> {
  const stage = await aStage(files);
  const position = { modern: 5, shadow: 0 };
  const hash = "0123456789abcdef";
  const change = { route: "a", from: { modern: 25, shadow: 0 }, to: position, hash };
  const evidence = {};
  const draft = { kind: "guard", by: "guard", reason: "errors", migration: null, evidence } as const;
  await stage.store.append({ ...draft, changes: [change] }, { revision: 0, routes: ["a"] });
  return stage;
}

/** By attention kind; without an entry here this does not compile. */
const PROBLEMS: Readonly<Record<Attention["kind"], readonly Situation[]>> = {
  store: [
    {
      async make() {
        const stage = await aStage(files);
        stage.problems.push({ kind: "store", message: "the state store cannot be reached" });
        return stage;
      },
      words: { "Bring the store back": (stage) => stage.problems.pop() },
    },
  ],
  upstream: [
    {
      async make() {
        const stage = await aStage(files);
        stage.problems.push("upstream orders: every URL is ejected");
        return stage;
      },
      words: { "Check that upstream": (stage) => stage.problems.pop() },
    },
  ],
  restart: [
    {
      async make() {
        const stage = await aStage(files);
        stage.problems.push({ kind: "restart", message: "listen changed" });
        return stage;
      },
      words: { "Restart the front door": (stage) => stage.problems.pop() },
    },
  ],
  invalid_files: [
    {
      async make() {
        const stage = await aStage(files);
        stage.invalid.push({ file: "/x.yaml", line: 1, column: 1, message: "no", remedy: "write yes" });
        return stage;
      },
      words: { "Write yes": (stage) => stage.invalid.pop() },
    },
  ],
  gone_route: [
    {
      async make() {
        const stage = await aStage(aConfig({ routes: [b] }));
        await stage.other(files).shift({ target: { route: "a" }, modern: 10, ...WHO });
        return stage;
      },
      words: {
        "Put it back": reloaded({ routes: [a, b] }),
        "name it in another route's formerly, with its cohort": reloaded({
          routes: [aRoute("z", { formerly: ["a"], cohort: "a" }), b],
        }),
      },
    },
  ],
  edited_step: [
    {
      async make() {
        const stage = await applied();
        await stage.live.reload(aConfig({ routes: [a, b], migrations: [{ ...ten, hash: "other" }, half] }));
        return stage;
      },
      words: { "Restore it": reloaded(stepped) },
    },
  ],
  missing_step: [
    {
      async make() {
        const stage = await applied();
        await stage.live.reload(aConfig({ routes: [a, b], migrations: [half] }));
        return stage;
      },
      words: { "Restore it": reloaded(stepped) },
    },
  ],
  late_step: [
    {
      make: late,
      words: {
        "give its file the next free number, 0003": reloaded({
          routes: [a, b],
          migrations: [half, { ...ten, number: 3 }],
        }),
      },
    },
  ],
  failing: [
    { make: () => failingForAll("modern"), words: {} },
    {
      make: () => failingForAll("legacy"),
      words: {
        "find out why legacy fails": (stage) => {
          stage.clock.pass(10 * 60_000);
          times(50, () => stage.tally("a").answered("legacy", 200, 1000, false, false));
        },
      },
    },
  ],
  modern_errors: [
    { make: () => failing(a, 10), words: {} },
    { make: () => failing(aRoute("a", { start: at(10, 100) }), 0), words: {} },
    {
      make: () => failing(a, 0),
      words: { "find out why modern fails; it answers shadows alone": reloaded({ routes: [changed(a), b] }) },
    },
  ],
  mismatches: [
    {
      async make() {
        const stage = await aStage(files);
        times(200, () => stage.tally("a").compared("mismatch"));
        return stage;
      },
      words: { "ignore what is noise": reloaded({ routes: [changed(a), b] }) },
    },
  ],
  drift: [{ make: drifted, words: {} }],
  stood_apart: [
    {
      async make() {
        const stage = await aStage(files);
        await shifted(stage, "a", 10);
        const change = { route: "a", from: at(10, 100), to: at(0, 100), hash: a.hash };
        const draft = {
          kind: "rollback",
          by,
          reason: "it burns",
          migration: null,
          changes: [change],
        } as const;
        const evidence = { local: { id: "e1" } };
        await stage.store.append({ ...draft, evidence }, { revision: 1, routes: ["a"] });
        await expect.poll(() => stage.live.revision()).toBe(2);
        const kinds = async () => (await stage.attention()).map(({ kind }) => kind);
        await expect.poll(kinds, { timeout: 5_000 }).toContain("stood_apart");
        return stage;
      },
      words: { "next shift": (stage) => shifted(stage, "a", 10) },
    },
  ],
  two_writers: [
    {
      async make() {
        const together = [a, b].map((route) => ({ ...route, cohort: "all" }));
        const stage = await aStage(aConfig({ routes: together }));
        await shifted(stage, "a", 10);
        return stage;
      },
      words: {
        "match.methods": reloaded({
          routes: [a, b].map((route) => ({
            ...route,
            cohort: "all",
            match: { ...route.match, methods: ["GET"] },
            resplit: "accepted",
          })),
        }),
        "shadow.safe: true": reloaded({
          routes: [a, b].map((route) => ({
            ...route,
            cohort: "all",
            shadow: { ...route.shadow, safe: true },
          })),
        }),
      },
    },
  ],
  moved_clients: [
    {
      async make() {
        const stage = await aStage(files);
        await shifted(stage, "a", 10);
        await stage.live.reload(aConfig({ routes: [{ ...a, cohort: "all", resplit: "accepted" }, b] }));
        return stage;
      },
      words: {
        "put it back": reloaded(files),
        "write resplit: accepted": (stage) => acceptResplits(stage.control, stage.live.resplits()),
      },
    },
  ],
  definition_drift: [
    {
      async make() {
        const stage = await aStage(files);
        await shifted(stage, "a", 10);
        await stage.live.reload(aConfig({ routes: [changed(a), b] }));
        return stage;
      },
      words: {
        "give them the same ones": reloaded(files),
        "the next shift settles it": (stage) => shifted(stage, "a", 20),
      },
    },
  ],
  compare_rule: [
    {
      async make() {
        const ended = { path: "$.at", reason: "until modern has a clock", until: "2020-01-01" };
        const route = { ...a, compare: { ...a.compare, ignore: [ended] } };
        const stage = await aStage(aConfig({ routes: [route, b] }));
        stage.tally("a").compared("match");
        return stage;
      },
      words: { "take it out of the file": reloaded({ routes: [changed(a), b] }) },
    },
  ],
  heavy_key: [
    {
      async make() {
        const stage = await aStage(files);
        times(300, () => {
          stage.tally("a").answered("legacy", 200, 1000, false, false);
          stage.tally("a").keyHash(7);
        });
        return stage;
      },
      words: { "Choose a finer sticky": reloaded({ routes: [changed(a), b] }) },
    },
  ],
  shadow_stopped: [
    {
      async make() {
        const stage = await aStage(files);
        stage.problems.push({
          kind: "shadow_stopped",
          message: "a: a copy was answered with the cookie sid",
        });
        return stage;
      },
      words: { "Say in the route's shadow.headers": (stage) => stage.problems.pop() },
    },
  ],
  fleeting_key: [
    {
      async make() {
        const stage = await aStage(files);
        for (let key = 0; key < 1000; key++) {
          stage.tally("a").answered("legacy", 200, 1000, false, false);
          stage.tally("a").keyHash(Math.imul(key + 1, 0x9e3779b1) >>> 0);
        }
        return stage;
      },
      words: { client: reloaded({ routes: [changed(a), b] }) },
    },
  ],
  left_route: [
    {
      async make() {
        const stage = await aStage(files);
        stage.problems.push({ kind: "left_route", message: "a was retired and has left the files" });
        return stage;
      },
      words: { "put the route back": (stage) => stage.problems.pop() },
    },
  ],
  certificate: [
    {
      async make() {
        const stage = await aStage(files);
        stage.problems.push({ kind: "certificate", message: "the certificate of a.test ends in 5 d" });
        return stage;
      },
      words: { "put it in the place of the old one": (stage) => stage.problems.pop() },
    },
  ],
  keys: [
    {
      async make() {
        const stage = await aStage(files);
        stage.problems.push({ kind: "keys", message: "the keys of https://id.test are not here" });
        return stage;
      },
      words: { "Look at what the issuer answers at that address": (stage) => stage.problems.pop() },
    },
  ],
  untrusted_proxy: [
    {
      async make() {
        const stage = await aStage(files);
        stage.problems.push({ kind: "untrusted_proxy", message: "10.0.0.1 sends X-Forwarded-For" });
        return stage;
      },
      words: { "add its network to trustedProxies": (stage) => stage.problems.pop() },
    },
  ],
  limits: [
    {
      async make() {
        const stage = await aStage(files);
        stage.problems.push({ kind: "limits", message: "limits are counted in this front door" });
        return stage;
      },
      words: { "Bring Redis back": (stage) => stage.problems.pop() },
    },
  ],
  workers: [
    {
      async make() {
        const stage = await aStage(files);
        stage.problems.push({ kind: "workers", message: "worker 2 keeps ending" });
        return stage;
      },
      words: { "the front door's log": (stage) => stage.problems.pop() },
    },
  ],
  tracing: [
    {
      async make() {
        const stage = await aStage(files);
        stage.problems.push({ kind: "tracing", message: "the collector takes no spans" });
        return stage;
      },
      words: { "whether the receiver runs": (stage) => stage.problems.pop() },
    },
  ],
  access_log: [
    {
      async make() {
        const stage = await aStage(files);
        stage.problems.push({ kind: "access_log", message: "the access log cannot be written" });
        return stage;
      },
      words: { "Make room on its disk": (stage) => stage.problems.pop() },
    },
  ],
  api_keys: [
    {
      async make() {
        const stage = await aStage(files);
        stage.problems.push({ kind: "api_keys", message: "which API keys are valid is not known" });
        return stage;
      },
      words: { "Bring the state store back": (stage) => stage.problems.pop() },
    },
  ],
  guard: [
    {
      async make() {
        const stage = await aStage(files);
        stage.problems.push({ kind: "guard", message: "guards took a back as often as they may" });
        return stage;
      },
      words: { "Look at what modern does there": (stage) => stage.problems.pop() },
    },
  ],
  held: [
    {
      make: heldByGuard,
      words: {},
    },
  ],
  made_private: [
    {
      async make() {
        const stage = await aStage(files);
        stage.problems.push({ kind: "made_private", message: "pages of a are made private" });
        return stage;
      },
      words: { "use another sticky": (stage) => stage.problems.pop() },
    },
  ],
  shedding: [
    {
      async make() {
        const stage = await aStage(files);
        times(50, () => stage.tally("a").shadowed("modern", "shed"));
        times(50, () => stage.tally("a").notCompared("shed"));
        return stage;
      },
      words: { "Raise the route's shadow.concurrency": reloaded({ routes: [changed(a), b] }) },
    },
  ],
  no_evidence: [
    {
      async make() {
        const stage = await aStage(files);
        await shifted(stage, "a", 10);
        stage.clock.pass(20 * 60_000);
        return stage;
      },
      words: { "See what is not compared and why": (stage) => stage.tally("a").compared("match") },
    },
  ],
  stale_evidence: [
    {
      async make() {
        const stage = await aStage(files);
        await shifted(stage, "a", 10);
        stage.tally("a").compared("match");
        await stage.attention();
        stage.clock.pass(2 * 3_600_000);
        return stage;
      },
      words: { "Check whether its clients still come": (stage) => stage.tally("a").compared("match") },
    },
  ],
  gate_holds: [
    {
      make: () => aStage(aConfig({ routes: [a, b], migrations: [ten] })),
      words: { "Preview the step and apply it": (stage) => stage.control.migrate({ action: "up", by }) },
    },
  ],
  autopilot: [
    {
      async make() {
        const stage = await aStage(
          aConfig({ routes: [a, b], migrations: [{ ...ten, gates: { a: null } }, half] }),
        );
        await stage.control.autopilot.start(WHO);
        await stage.control.migrate({ action: "up", by });
        await stage.control.rollback({ route: "a", ...WHO });
        return stage;
      },
      words: {},
    },
    {
      // Nobody wrote a gate for it.
      async make() {
        const stage = await aStage(stepped);
        await stage.control.autopilot.start(WHO);
        return stage;
      },
      words: {
        "See what is missing": reloaded({ routes: [a, b], migrations: [{ ...ten, gate }, half] }),
      },
    },
  ],
  gate_waits: [
    {
      make: () => aStage(aConfig({ routes: [a, b], migrations: [{ ...ten, gate }] })),
      words: { "See its conditions": (stage) => times(10, () => stage.tally("a").compared("match")) },
    },
  ],
};

async function told(stage: Stage, kind: Attention["kind"]): Promise<Attention | undefined> {
  return (await stage.attention()).find((item) => item.kind === kind);
}

describe.each(Object.entries(PROBLEMS))("the problem %s", (name, situations) => {
  const kind = name as Attention["kind"];

  test("is gone once its remedy is followed, whichever it is", async () => {
    for (const { make, words } of situations) {
      const first = await told(await make(), kind);
      const said = first?.remedy ?? "";
      const commands = commandsIn(said);
      expect(Object.keys(words).length + commands.length).toBeGreaterThan(0);
      for (const argv of commands) {
        const stage = await make();
        expect(await told(stage, kind)).toBeDefined();
        const { code, err } = await stage.fig(...argv);
        expect([argv, code, err.replace(/^warning: .*\n/gm, "")]).toEqual([argv, 0, ""]);
        expect(await told(stage, kind), `${kind} after fig ${argv.join(" ")}`).toBeUndefined();
      }
      for (const [word, follow] of Object.entries(words)) {
        expect(said.toLowerCase()).toContain(word.toLowerCase());
        const stage = await make();
        expect(await told(stage, kind)).toBeDefined();
        await follow(stage);
        expect(await told(stage, kind), `${kind} after: ${word}`).toBeUndefined();
      }
    }
  });
});

interface Refusal {
  make(): Promise<Stage>;
  readonly argv: readonly string[];
  /** By words of its remedy: what is then done, and typed; it succeeds. */
  readonly words: Readonly<
    Record<string, (stage: Stage) => Promise<{ readonly code: number }> | Promise<unknown>>
  >;
}

const REASON = ["--reason", "x"];
const shift = (...more: readonly string[]) => ["shift", "a", ...more, ...REASON];
const then =
  (...argv: readonly string[]) =>
  (stage: Stage) =>
    stage.fig(...argv);

const REFUSALS: Readonly<Record<string, readonly Refusal[]>> = {
  conflict: [
    {
      make: drifted,
      argv: shift("--modern", "20", "--expect-revision", "1"),
      words: { "read status again": then(...shift("--modern", "20", "--expect-revision", "2")) },
    },
    {
      make: applied,
      argv: ["migrate", "up", "--expect-step", "1"],
      words: { "look at the steps again and retry": then("migrate", "up", "--expect-step", "2") },
    },
  ],
  drift: [
    {
      make: drifted,
      argv: ["migrate", "up"],
      words: {
        "--force": then("migrate", "up", "--force"),
        "shift back to where the step left it": async (stage) => {
          await stage.fig(...shift("--modern", "10", "--shadow", "100"));
          return stage.fig("migrate", "up");
        },
      },
    },
  ],
  held: [
    {
      make: heldByGuard,
      argv: shift("--modern", "20"),
      words: {
        "then shift again": async (stage) => {
          await stage.fig("resume", "a", ...REASON);
          return stage.fig(...shift("--modern", "20"));
        },
      },
    },
  ],
  not_held: [
    {
      make: () => aStage(files),
      argv: ["resume", "a", ...REASON],
      words: { "fig status": then("status") },
    },
  ],
  late_step: [
    {
      make: late,
      argv: ["migrate", "up"],
      words: {
        "next free number": async (stage) => {
          await stage.live.reload(aConfig({ routes: [a, b], migrations: [half, { ...ten, number: 3 }] }));
          return stage.fig("migrate", "up");
        },
      },
    },
  ],
  raises_modern: [
    {
      async make() {
        const stage = await aStage(
          aConfig({ routes: [a, b], migrations: [half, aStep(3, { a: { modern: 5 } })] }),
        );
        await stage.control.migrate({ action: "to", to: 3, by });
        return stage;
      },
      argv: ["migrate", "down"],
      words: { "--force": then("migrate", "down", "--force") },
    },
  ],
  nothing_to_undo: [
    {
      make: () => aStage(files),
      argv: ["rollback", "a", ...REASON],
      words: { "shift instead": then(...shift("--modern", "10")), "see the history": then("history", "a") },
    },
    {
      make: () => aStage(files),
      argv: ["migrate", "down"],
      words: { "fig migrate status": then("migrate", "status") },
    },
    {
      async make() {
        const stage = await applied();
        await stage.control.migrate({ action: "squash", to: 1, by });
        return stage;
      },
      argv: ["migrate", "down"],
      words: { "fig rollback takes single routes back": then("rollback", "a", ...REASON) },
    },
  ],
  refused: [
    {
      async make() {
        const stage = await aStage(files);
        for (const modern of [50, 10]) await shifted(stage, "a", modern);
        return stage;
      },
      argv: ["rollback", "a", ...REASON],
      words: {
        "--to 1": then("rollback", "a", "--to", "1", ...REASON),
        "or shift a": then(...shift("--modern", "50")),
      },
    },
    {
      make: () => aStage(aConfig({ routes: [{ ...a, retired: true }, b] })),
      argv: shift("--modern", "10"),
      words: {
        "remove `retired: true`": async (stage) => {
          await stage.live.reload(files);
          return stage.fig(...shift("--modern", "10"));
        },
      },
    },
    {
      make: () => aStage(aConfig({ routes: [{ ...a, shadow: { ...a.shadow, writes: "sandboxed" } }, b] })),
      argv: shift("--modern", "10"),
      words: {
        "remove `writes: sandboxed`": async (stage) => {
          await stage.live.reload(files);
          return stage.fig(...shift("--modern", "10"));
        },
      },
    },
    {
      make: applied,
      argv: ["migrate", "squash", "--to", "2"],
      words: { "or end below it": then("migrate", "squash", "--to", "1") },
    },
    {
      async make() {
        const stage = await applied();
        await stage.control.migrate({ action: "squash", to: 1, by });
        return stage;
      },
      argv: ["migrate", "to", "0"],
      words: { "go to 1 or above": then("migrate", "to", "1") },
    },
  ],
  gate_refused: [
    {
      make: () => aStage(aConfig({ routes: [a, b], gate })),
      argv: shift("--modern", "10"),
      words: {
        "--force": then(...shift("--modern", "10", "--force")),
        "wait for more evidence": async (stage) => {
          times(10, () => stage.tally("a").compared("match"));
          return stage.fig(...shift("--modern", "10"));
        },
      },
    },
    {
      // Nothing is shadowed: no waiting brings a comparison.
      make: () => aStage(aConfig({ routes: [aRoute("a"), b], gate })),
      argv: shift("--modern", "10"),
      words: {
        "waiting does not help a: do what the gate says is missing": async (stage) => {
          await stage.fig(...shift("--shadow", "100"));
          times(10, () => stage.tally("a").compared("match"));
          return stage.fig(...shift("--modern", "10"));
        },
        "or override with --force": then(...shift("--modern", "10", "--force")),
      },
    },
    {
      make: () => aStage(aConfig({ routes: [aRoute("a"), b], migrations: [{ ...ten, gate }] })),
      argv: ["migrate", "up"],
      words: {
        "give it a gate of its own": async (stage) => {
          await stage.live.reload(
            aConfig({ routes: [aRoute("a"), b], migrations: [{ ...ten, gate, gates: { a: null } }] }),
          );
          return stage.fig("migrate", "up");
        },
        "override all with --force": then("migrate", "up", "--force"),
      },
    },
  ],
  unknown_route: [
    {
      make: () => aStage(files),
      argv: ["rollback", "x", ...REASON, "--dry-run"],
      words: { "the routes are: a, b": then(...shift("--modern", "1")) },
    },
  ],
  unknown_cohort: [
    {
      make: () => aStage(files),
      argv: ["shift", "--cohort", "x", "--modern", "1", ...REASON],
      words: { "the cohorts are: a, b": then("shift", "--cohort", "a", "--modern", "1", ...REASON) },
    },
  ],
  unknown_revision: [
    {
      make: applied,
      argv: ["rollback", "a", "--to", "9", ...REASON],
      words: { "0 is before the first": then("rollback", "a", "--to", "0", ...REASON) },
    },
  ],
  invalid_request: [
    {
      make: () => aStage(stepped),
      argv: ["migrate", "to", "9"],
      words: { "0 is before the first": then("migrate", "to", "0") },
    },
    {
      async make() {
        const stage = await applied();
        await stage.live.reload(aConfig({ routes: [a, b], migrations: [{ ...ten, hash: "other" }, half] }));
        return stage;
      },
      argv: ["migrate", "up"],
      words: {
        "restore the file as it was applied": async (stage) => {
          await stage.live.reload(stepped);
          return stage.fig("migrate", "up");
        },
      },
    },
  ],
};

/** Codes that no command of the use cases ends in: of HTTP, of login, of the process. Their remedies are walked where they are made. */
const ELSEWHERE = new Set([
  "invalid_json",
  "unauthorized",
  "forbidden_host",
  "forbidden_origin",
  "not_found",
  "method_not_allowed",
  "body_too_large",
  "unsupported_media_type",
  "too_many_attempts",
  "internal_error",
  "store_unavailable",
  "workers_failed",
  "store_invalid",
  "not_started",
  "metrics_unavailable",
  "too_many_streams",
  // test/control/api-keys/control.test.ts
  "unknown_api_key",
  "api_key_refused",
  "api_keys_full",
  // test/control/files-keeper.test.ts
  "files_not_kept",
  // test/e2e/websocket-connections.test.ts
  "unknown_api",
  "connection_gone",
  "message_too_large",
  "client_busy",
  "connection_unreachable",
  // Its remedy lists what is there: nothing brings back one whose time is over.
  "unknown_sample",
]);

describe.each(Object.entries(REFUSALS))("the refusal %s", (code, refusals) => {
  test("has a remedy that succeeds, whichever it is", async () => {
    for (const { make, argv, words } of refusals) {
      const { err } = await (await make()).fig(...argv, "--json");
      const { error } = JSON.parse(err.trim().split("\n").at(-1) ?? "{}") as { error: Partial<FigError> };
      expect(error.code).toBe(code);
      const remedy = error.remedy ?? "";
      for (const command of commandsIn(remedy)) {
        // What a person has to complete is walked below.
        if (command.length < 2) continue;
        const stage = await make();
        await stage.fig(...argv);
        expect([command, (await stage.fig(...command)).code]).toEqual([command, EXIT.done]);
      }
      for (const [word, follow] of Object.entries(words)) {
        expect(remedy).toContain(word);
        const stage = await make();
        expect((await stage.fig(...argv)).code).not.toBe(EXIT.done);
        expect([word, await follow(stage)]).toEqual([word, expect.objectContaining({ code: EXIT.done })]);
      }
    }
  });
});

test("no problem and no refusal is left out", () => {
  expect(Object.keys(PROBLEMS).toSorted()).toEqual(attentionSchema.shape.kind.options.toSorted());
  const walked = Object.keys(ADMIN_ERRORS).filter((code) => !ELSEWHERE.has(code));
  expect(Object.keys(REFUSALS).toSorted()).toEqual(walked.toSorted());
});

test("files without a route that modern serves pass once the remedy is followed", async () => {
  const stage = await aStage(files);
  await shifted(stage, "a", 10);
  const gone = aConfig({ routes: [b] });
  const { remedy } = await errorOf(stage.live.reload(gone));
  expect(remedy).toMatch(
    /shift it to modern 0 or let a front door load it with `retired: true` before it goes; or write `formerly: \[a\]` and its cohort/,
  );
  await stage.live.reload(aConfig({ routes: [aRoute("z", { formerly: ["a"], cohort: "a" }), b] }));
  await stage.live.reload(files);
  await shifted(stage, "a", 0);
  await stage.live.reload(gone);
});
