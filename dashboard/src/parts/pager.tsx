import { countText } from "../words.ts";

interface PagerProps {
  readonly page: number;
  readonly rows: number;
  readonly total: number | undefined;
  readonly onPage: (page: number) => void;
}

export function Pager({ page, rows, total, onPage }: PagerProps) {
  if (total === undefined || total <= rows) return null;
  const pages = Math.ceil(total / rows);
  const first = (page - 1) * rows + 1;
  return (
    <nav class="pager" aria-label="Pages of the table">
      <button type="button" class="button small" disabled={page <= 1} onClick={() => onPage(page - 1)}>
        Previous
      </button>
      <span>
        {countText(first)} to {countText(Math.min(total, page * rows))} of {countText(total)}
      </span>
      <button type="button" class="button small" disabled={page >= pages} onClick={() => onPage(page + 1)}>
        Next
      </button>
    </nav>
  );
}
