import { useState } from "preact/hooks";
import type { DiffRow } from "../../../../../src/domain/whole/diff.ts";
import { marked, type Part } from "../marked.ts";

/** Longer lines are marked whole: what they share is sought in a table of both. */
const MAX_MARKED_CHARS = 400;
/** Deeper lines stand where this depth does. */
const MAX_INDENT = 16;
/** A line of a page may be as long as the page. */
const MAX_SHOWN_CHARS = 4_000;

const cut = (text: string) => (text.length <= MAX_SHOWN_CHARS ? text : `${text.slice(0, MAX_SHOWN_CHARS)}…`);

function partsOf({ legacy, modern }: DiffRow): readonly [readonly Part[], readonly Part[]] {
  const whole = (text: string | undefined) =>
    text === undefined ? [] : [{ text: cut(text), differs: true }];
  const short = Math.max(legacy?.length ?? 0, modern?.length ?? 0) <= MAX_MARKED_CHARS;
  if (legacy === undefined || modern === undefined || !short) return [whole(legacy), whole(modern)];
  return marked(legacy, modern);
}

/** Lines beside each other. What is equal is plain, and where it is long one row that opens. */
export function DiffRows({ rows }: { readonly rows: readonly DiffRow[] }) {
  return (
    <>
      {rows.map((row, at) =>
        row.inside !== undefined ? (
          <FoldedRows key={at} row={row} inside={row.inside} />
        ) : row.same ? (
          <Line key={at} row={row} />
        ) : (
          <Changed key={at} row={row} />
        ),
      )}
    </>
  );
}

function Line({ row: { depth, legacy = "" } }: { readonly row: DiffRow }) {
  const style = { paddingLeft: `${Math.min(depth, MAX_INDENT) + 1}ch` };
  return (
    <tr class="whole-same">
      <td style={style}>{cut(legacy)}</td>
      <td style={style}>{cut(legacy)}</td>
    </tr>
  );
}

function Changed({ row }: { readonly row: DiffRow }) {
  const [left, right] = partsOf(row);
  return (
    <tr class="whole-differs">
      <Side side="legacy" depth={row.depth} parts={left} missing={row.legacy === undefined} />
      <Side side="modern" depth={row.depth} parts={right} missing={row.modern === undefined} />
    </tr>
  );
}

interface SideProps {
  readonly side: "legacy" | "modern";
  readonly depth: number;
  readonly parts: readonly Part[];
  readonly missing: boolean;
}

function Side({ side, depth, parts, missing }: SideProps) {
  if (missing) return <td class="whole-missing" />;
  return (
    <td class={`whole-${side}`} style={{ paddingLeft: `${Math.min(depth, MAX_INDENT) + 1}ch` }}>
      <span class="unseen">{side}: </span>
      {parts.map(({ text, differs }, at) =>
        differs ? <mark key={at}>{text}</mark> : <span key={at}>{text}</span>,
      )}
    </td>
  );
}

function FoldedRows({ row, inside }: { readonly row: DiffRow; readonly inside: readonly DiffRow[] }) {
  const [open, setOpen] = useState(false);
  const style = { paddingLeft: `${Math.min(row.depth, MAX_INDENT) + 1}ch` };
  return (
    <>
      <tr class="whole-same">
        <td colSpan={2} style={style}>
          <button type="button" class="whole-fold" aria-expanded={open} onClick={() => setOpen(!open)}>
            {cut(row.legacy ?? "")} <span class="note">{open ? "hide" : `${inside.length} equal lines`}</span>
          </button>
        </td>
      </tr>
      {open && inside.map((each, at) => <Line key={at} row={each} />)}
    </>
  );
}
