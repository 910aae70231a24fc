import { expect, test, vi } from "vitest";
import { takePorts } from "./ports.ts";

test("who takes ports for a page takes none that another was given, though nothing listens on them yet", async () => {
  const first = await takePorts(300);
  // As another process has it.
  vi.resetModules();
  const { takePorts: other } = await import("./ports.ts");
  const all = [...first, ...(await other(300)), ...(await takePorts(300))];
  expect(new Set(all).size).toBe(900);
  for (const port of all) expect(port).toBeGreaterThan(10_240);
  for (const port of all) expect(port).toBeLessThan(20_000);
});
