import type { ComponentChildren } from "preact";
import { rateOf } from "../../figures.ts";
import { Icon } from "../../parts/icon.tsx";
import { RateText } from "../../parts/rate.tsx";
import type { Difference, DifferenceGroup } from "../../state/wire.ts";
import { agoText, countText, fullMoment } from "../../words.ts";
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

/** The names of the columns. `where`: of the one that says which routes; undefined: there is none. */
export function DifferenceNames({ where }: { readonly where?: string }) {
  return (
    <li class="difference-head difference-names" aria-hidden="true">
      <span>Path</span>
      <span>Kind</span>
      {where !== undefined && <span>{where}</span>}
      <span class="difference-rate">Rate, 95 % interval</span>
      <span class="difference-trend">Trend</span>
      <span class="difference-seen">Seen</span>
    </li>
  );
}

interface DifferenceHeadProps {
  readonly row: Omit<DifferenceGroup, "routes" | "lately"> & Pick<Difference, "lately">;
  readonly now: number;
  /** Of what opens below it. */
  readonly id: string;
  readonly open: boolean;
  readonly onToggle: () => void;
  readonly children?: ComponentChildren;
}

/** What differs, how often, whether it grows, since when; it opens and closes what is below. Its children say where. */
export function DifferenceHead({ row, now, id, open, onToggle, children }: DifferenceHeadProps) {
  const { path, kind, count, comparisons, firstSeen, lastSeen } = row;
  return (
    <div class="difference-head">
      <button type="button" class="expander" aria-expanded={open} aria-controls={id} onClick={onToggle}>
        <Icon name="down" />
        <code>{path}</code>
      </button>
      <span class="difference-kind">
        <span class="tag">{kind}</span> <span class="note">{KINDS[kind]}</span>
      </span>
      {children}
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
  );
}
