import type { Findings } from "./findings.ts";

export function compareStatus(legacy: number, modern: number, findings: Findings): void {
  if (legacy !== modern) findings.add("status", "value", String(legacy), String(modern));
}
