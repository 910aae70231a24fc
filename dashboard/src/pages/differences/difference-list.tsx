import { useState } from "preact/hooks";
import { rateOf } from "../../figures.ts";
import { Icon } from "../../parts/icon.tsx";
import { RateText } from "../../parts/rate.tsx";
import { href } from "../../state/place.ts";
import { useNow } from "../../state/use-now.ts";
import type { Difference } from "../../state/wire.ts";
import { agoText, countText, fullMoment } from "../../words.ts";
import { Ignore } from "./ignore.tsx";
import { Samples } from "./samples.tsx";
import { TrendMark } from "./trend.tsx";

export const KINDS: Readonly<Record<string, string>> = {
  missing: "modern does not have it",
  extra: "only modern has it",
  type: "of another type",
  value: "another value",
  order: "in another order",
  length: "of another length",
  error: "the shadowed side refused, broke off or timed out",
};

interface DifferenceListProps {
  readonly rows: readonly Difference[];
  readonly withRoute: boolean;
}

const nameOf = ({ route, path, kind }: Difference) => `${route} ${path} ${kind}`;

/** By path and kind, the most frequent first; each opens to its samples. */
export function DifferenceList({ rows, withRoute }: DifferenceListProps) {
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const now = useNow(5_000);
  const toggle = (name: string) => {
    const next = new Set(open);
    if (!next.delete(name)) next.add(name);
    setOpen(next);
  };
  return (
    <ul class="differences">
      <li class="difference-head difference-names" aria-hidden="true">
        <span>Path</span>
        <span>Kind</span>
        {withRoute && <span>Route</span>}
        <span class="difference-rate">Rate, 95 % interval</span>
        <span class="difference-trend">Trend</span>
        <span class="difference-seen">Seen</span>
      </li>
      {rows.map((row) => {
        const name = nameOf(row);
        return (
          <Row
            key={name}
            row={row}
            withRoute={withRoute}
            now={now}
            open={open.has(name)}
            onToggle={() => toggle(name)}
          />
        );
      })}
    </ul>
  );
}

interface RowProps {
  readonly row: Difference;
  readonly withRoute: boolean;
  readonly now: number;
  readonly open: boolean;
  readonly onToggle: () => void;
}

function Row({ row, withRoute, now, open, onToggle }: RowProps) {
  const { route, path, kind, count, comparisons, firstSeen, lastSeen } = row;
  const id = `samples ${nameOf(row)}`.replaceAll(/\W+/g, "-");
  return (
    <li class={open ? "difference open" : "difference"}>
      <div class="difference-head">
        <button type="button" class="expander" aria-expanded={open} aria-controls={id} onClick={onToggle}>
          <Icon name="down" />
          <code>{path}</code>
        </button>
        <span class="difference-kind">
          <span class="tag">{kind}</span> <span class="note">{KINDS[kind]}</span>
        </span>
        {withRoute && (
          <a class="difference-route" href={href(["routes", route])}>
            {route}
          </a>
        )}
        <span class="difference-rate">
          <span class="unseen">Rate </span>
          <RateText rate={rateOf(count, comparisons)} />
          <span class="note">
            {countText(count)} of {countText(comparisons)}
          </span>
        </span>
        <span class="difference-trend">
          <TrendMark of={row} />
        </span>
        <span class="difference-seen">
          <span title={fullMoment(lastSeen)}>last {agoText(lastSeen, now)}</span>
          <span class="note" title={fullMoment(firstSeen)}>
            first {agoText(firstSeen, now)}
          </span>
        </span>
      </div>
      {open && (
        <div class="difference-body" id={id}>
          <p class="note">
            {countText(count)} of {countText(comparisons)} compared · first seen {fullMoment(firstSeen)}, last{" "}
            {fullMoment(lastSeen)}, {agoText(lastSeen, now)}
          </p>
          <Samples row={row} />
          <Ignore row={row} />
        </div>
      )}
    </li>
  );
}
