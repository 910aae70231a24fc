import type { Cell } from "../state/cell.ts";
import { useCell } from "../state/cell.ts";
import { type Line, LOOKS } from "./look.ts";

interface LegendProps {
  readonly lines: readonly Line[];
  readonly text: (value: number) => string;
  /** Where the pointer is; undefined: the newest value. */
  readonly at: Cell<number | undefined>;
  readonly whenText: (index: number) => string;
  /** Without a pointer there is no value: the newest means nothing here. */
  readonly pointedOnly?: boolean;
}

function newest(values: readonly (number | null)[]): number {
  return values.findLastIndex((value) => value !== null);
}

/** Names, strokes and the values under the pointer. */
export function Legend({ lines, text, at, whenText, pointedOnly = false }: LegendProps) {
  const pointed = useCell(at);
  return (
    <ul class="legend">
      {lines.map((line) => {
        const index = pointed ?? newest(line.values);
        const value = (line.said ?? line.values)[index];
        const look = LOOKS[line.look];
        return (
          <li key={line.label}>
            <span class={`stroke stroke-${look.swatch} ink-${look.colour}`} aria-hidden="true" />
            {line.label}
            <b>
              {(pointedOnly && pointed === undefined) || value === null || value === undefined
                ? "–"
                : text(value)}
            </b>
          </li>
        );
      })}
      <li class="legend-when">
        {pointed !== undefined ? whenText(pointed) : pointedOnly ? "point at the chart for values" : "newest"}
      </li>
    </ul>
  );
}
