import { cut } from "./width.ts";

interface Column {
  readonly title: string;
  readonly align?: "left" | "right";
  /** Wider cells are cut with an ellipsis. */
  readonly max?: number;
}

/** Widest table, so that it fits a terminal of 80. */
export const TABLE_WIDTH = 80;

const GAP = 2;

/**
 * A table as lines of at most `width` characters: title line first. Columns take what they need; what is left over the width
 * is taken from the widest left-aligned one. Cells hold no colour.
 */
export function tableLines(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width = TABLE_WIDTH,
): readonly string[] {
  const all = [columns.map((column) => column.title), ...rows];
  const widths = columns.map((column, index) => {
    const widest = Math.max(...all.map((row) => length(row[index] ?? "")));
    return Math.min(widest, Math.max(column.max ?? width, length(column.title)));
  });
  shrink(columns, widths, width);
  return all.map((row) =>
    columns
      .map((column, index) => cell(row[index] ?? "", widths[index] as number, column.align ?? "left"))
      .join(" ".repeat(GAP))
      .trimEnd(),
  );
}

function shrink(columns: readonly Column[], widths: number[], most: number): void {
  const excess = widths.reduce((sum, width) => sum + width, GAP * (widths.length - 1)) - most;
  for (let left = excess; left > 0; left--) {
    let widest = -1;
    columns.forEach((column, index) => {
      const candidate = widths[index] as number;
      if (column.align !== "right" && candidate > (widths[widest] ?? 1)) widest = index;
    });
    if (widest < 0) return;
    widths[widest] = (widths[widest] as number) - 1;
  }
}

function length(text: string): number {
  return [...text].length;
}

function cell(text: string, width: number, align: "left" | "right"): string {
  const fitted = cut(text, width);
  const padding = " ".repeat(width - length(fitted));
  return align === "right" ? padding + fitted : fitted + padding;
}
