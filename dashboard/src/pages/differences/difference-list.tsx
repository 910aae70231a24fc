import { useState } from "preact/hooks";
import { href } from "../../state/place.ts";
import { useNow } from "../../state/use-now.ts";
import type { Difference } from "../../state/wire.ts";
import { agoText, countText, fullMoment } from "../../words.ts";
import { AfterWrites, CascadeList, Operations } from "./cascade.tsx";
import { DifferenceHead, DifferenceNames } from "./difference-head.tsx";
import { Ignore } from "./ignore.tsx";
import { Samples } from "./samples.tsx";
import { WholeAnswers } from "./wholes/whole-answers.tsx";

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
      <DifferenceNames {...(withRoute ? { where: "Route" } : {})} />
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
  const { route, count, comparisons, firstSeen, lastSeen } = row;
  const id = `samples ${nameOf(row)}`.replaceAll(/\W+/g, "-");
  return (
    <li class={open ? "difference open" : "difference"}>
      <DifferenceHead row={row} now={now} id={id} open={open} onToggle={onToggle}>
        {withRoute && (
          <a class="difference-route" href={href(["routes", route])}>
            {route}
          </a>
        )}
      </DifferenceHead>
      {open && (
        <div class="difference-body" id={id}>
          <p class="note">
            {countText(count)} of {countText(comparisons)} compared · first seen {fullMoment(firstSeen)}, last{" "}
            {fullMoment(lastSeen)}, {agoText(lastSeen, now)}
          </p>
          {row.cascade !== undefined && <CascadeList cascade={row.cascade} />}
          <Operations row={row} />
          <AfterWrites row={row} />
          <Samples row={row} />
          <WholeAnswers row={row} />
          <Ignore row={row} />
        </div>
      )}
    </li>
  );
}
