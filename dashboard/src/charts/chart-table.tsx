import { useState } from "preact/hooks";
import { ScrollingTable } from "../parts/scrolling.tsx";
import type { Line } from "./look.ts";

interface ChartTableProps {
  readonly title: string;
  readonly first: string;
  readonly lines: readonly Line[];
  readonly rows: number;
  readonly whenText: (index: number) => string;
  readonly text: (value: number) => string;
  readonly extra?: (index: number) => string;
}

const MAX_ROWS = 60;

/** What a chart shows, as a table: for whoever cannot see it, and for copying. Built when it is opened. */
export function ChartTable({ title, first, lines, rows, whenText, text, extra }: ChartTableProps) {
  const [open, setOpen] = useState(false);
  const from = Math.max(0, rows - MAX_ROWS);
  const indexes = Array.from({ length: rows - from }, (_, at) => from + at);
  return (
    <details class="chart-table" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        As a table<span class="unseen">: {title}</span>
      </summary>
      {open && (
        <ScrollingTable label={title}>
          <table class="plain">
            <caption class="unseen">
              {title}
              {from > 0 ? `, the newest ${MAX_ROWS} of ${rows}` : ""}
            </caption>
            <thead>
              <tr>
                <th scope="col">{first}</th>
                {lines.map((line) => (
                  <th scope="col" class="num" key={line.label}>
                    {line.label}
                  </th>
                ))}
                {extra && <th scope="col">Ledger</th>}
              </tr>
            </thead>
            <tbody>
              {indexes.map((index) => (
                <tr key={index}>
                  <th scope="row">{whenText(index)}</th>
                  {lines.map((line) => {
                    const value = (line.said ?? line.values)[index];
                    return (
                      <td class="num" key={line.label}>
                        {value === null || value === undefined ? "–" : text(value)}
                      </td>
                    );
                  })}
                  {extra && <td>{extra(index)}</td>}
                </tr>
              ))}
            </tbody>
          </table>
          {from > 0 && (
            <p class="note">
              The newest {MAX_ROWS} of {rows}.
            </p>
          )}
        </ScrollingTable>
      )}
    </details>
  );
}
