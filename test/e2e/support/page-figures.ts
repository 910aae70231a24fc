import type { Locator } from "playwright-core";
import { until } from "../until.ts";

/** A number as the dashboard writes it: `1,234`, `112 ms` and `1.2 s` (in ms), `–` for nothing. */
export function numberIn(text: string): number {
  if (text.trim() === "–") return 0;
  const [, digits, unit] = /^\s*([\d,.]+)\s*(ms|s)?\s*$/.exec(text) ?? [];
  if (digits === undefined) throw new Error(`no number: ${text}`);
  return Number(digits.replaceAll(",", "")) * (unit === "s" ? 1000 : 1);
}

/** The first numbers of a table's row, found by the first word of its head. Percentages end them. */
export async function cellsOf(table: Locator, row: string): Promise<readonly number[]> {
  const has = table.page().getByRole("rowheader", { name: new RegExp(`^\\s*${row}\\b`) });
  const cells = table.locator("tbody tr", { has }).locator("td:not(.delta)");
  await cells.first().waitFor();
  const texts = await cells.allTextContents();
  return texts.filter((text) => !text.endsWith("%")).map(numberIn);
}

/** Waits until the text is there, whatever elements it is spread over. */
export async function textWith(where: Locator, text: string): Promise<void> {
  await until(
    async () => ((await where.textContent()) ?? "").replace(/\s+/g, " "),
    (all) => all.includes(text),
    10_000,
  );
}
