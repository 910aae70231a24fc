import { expect } from "vitest";

/** The series lines of a Prometheus exposition by name and labels; fails when one is there twice. */
export function series(text: string): Map<string, number> {
  const found = new Map<string, number>();
  for (const line of text.split("\n")) {
    if (line === "" || line.startsWith("#")) continue;
    const at = line.lastIndexOf(" ");
    expect(found.has(line.slice(0, at)), `${line} twice`).toBe(false);
    found.set(line.slice(0, at), Number(line.slice(at + 1)));
  }
  return found;
}
