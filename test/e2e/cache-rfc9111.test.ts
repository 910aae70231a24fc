import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { CacheCase, Step } from "./support/cache/case.ts";
import { agent, type CacheDoor, type Got, send, startCacheDoor } from "./support/cache/door.ts";
import { ScriptedOrigin } from "./support/cache/origin.ts";
import { REUSE } from "./support/cache/reuse-cases.ts";
import { STALE_AND_KEYS } from "./support/cache/stale-cases.ts";
import { STORING } from "./support/cache/storing-cases.ts";
import { VALIDATING } from "./support/cache/validating-cases.ts";

const CASES: readonly CacheCase[] = [...STORING, ...REUSE, ...VALIDATING, ...STALE_AND_KEYS];

const origin = new ScriptedOrigin();
let door: CacheDoor;

beforeAll(async () => {
  door = await startCacheDoor({ legacy: await origin.listen() });
}, 60_000);

afterAll(async () => {
  agent.destroy();
  await door?.close();
  origin.close();
});

test("there are at least 80 cases, each with a name of its own", () => {
  expect(CASES.length).toBeGreaterThanOrEqual(80);
  expect(new Set(CASES.map(({ name }) => name)).size).toBe(CASES.length);
});

test.concurrent.each(CASES.map((each, index) => ({ ...each, index })))(
  "RFC 9111 $section: $name",
  async ({ route = "plain", origin: answers, steps, index }) => {
    const place = `/${route}/c${index}`;
    origin.script(place, answers);
    for (const [at, step] of steps.entries()) {
      if (step.waitMs !== undefined) await delay(step.waitMs);
      const got = await send(door.url, `${place}${pathOf(step, steps)}`, step);
      check(place, step, got, at);
    }
  },
  30_000,
);

/** A path below the case's; a case that uses any has the bare one as `/`. */
function pathOf({ path }: Step, _steps: readonly Step[]): string {
  return path ?? "";
}

function check(place: string, step: Step, got: Got | undefined, at: number): void {
  const seen = origin.seen.get(place) ?? [];
  const where = `step ${at + 1}`;
  if (step.breaks === true) {
    expect(got, where).toBeUndefined();
  } else {
    const { gets } = step;
    const body = typeof gets === "number" ? `answer ${gets}` : gets;
    expect({ where, status: got?.status, body: body === undefined ? undefined : got?.body }).toEqual({
      where,
      status: step.status ?? 200,
      body,
    });
    for (const [name, value] of Object.entries(step.has ?? {})) {
      const has = got?.headers[name];
      const said = Array.isArray(has) ? has.join(", ") : has;
      if (value instanceof RegExp) expect(said, `${where}: ${name}`).toMatch(value);
      else expect(said, `${where}: ${name}`).toBe(value);
    }
  }
  if (step.asked !== undefined) expect(seen.length, `${where}: asked`).toBe(step.asked);
  for (const [name, value] of Object.entries(step.saw ?? {}))
    expect(seen.at(-1)?.headers[name], `${where}: the origin saw ${name}`).toBe(value);
}
