import { byFrequency } from "../../../../src/domain/operations/row-operations.ts";
import type { Difference } from "../../state/wire.ts";
import { countOf, countText } from "../../words.ts";

type Cascade = NonNullable<Difference["cascade"]>;

const WAYS: Readonly<Record<Cascade[number]["by"], string>> = {
  element: "elements that only one side's list has",
  rename: "the same value under another name",
  wrap: "the same, one level deeper",
  value: "holds the value that differs",
};

/** What differs for the same cause: one line, which opens to the paths. */
export function CascadeList({ cascade }: { readonly cascade: Cascade }) {
  return (
    <details class="cascade">
      <summary>
        {countOf(cascade.length, "path")} {cascade.length === 1 ? "follows" : "follow"} from it, and{" "}
        {cascade.length === 1 ? "counts" : "count"} with it
      </summary>
      <ul>
        {cascade.map(({ path, kind, by, count, places, legacy, modern }) => (
          <li key={`${by} ${kind} ${path}`}>
            <span class="tag">{kind}</span> <code>{path}</code>{" "}
            <span class="note">
              {WAYS[by]}, in {countOf(count, "comparison")}
              {places > count && ` and ${countText(places)} places`}
            </span>
            {[
              ["legacy", legacy],
              ["modern", modern],
            ].map(
              ([side, value]) =>
                value !== undefined && (
                  <span class="note" key={side}>
                    {side} <code class="value">{value}</code>
                  </span>
                ),
            )}
          </li>
        ))}
      </ul>
    </details>
  );
}

/** Operations that are named. */
const MOST_OPERATIONS = 5;

/** Which operations of GraphQL or JSON-RPC were asked for where it was seen. */
export function Operations({ row: { operations } }: { readonly row: Difference }) {
  if (operations === undefined) return null;
  const all = byFrequency(operations);
  const more = all.length - MOST_OPERATIONS;
  return (
    <p class="note">
      By operation:{" "}
      {all
        .slice(0, MOST_OPERATIONS)
        .map(([name, count]) => `${name} ${countText(count)}`)
        .join(", ")}
      {more > 0 && ` and ${countText(more)} more`}
    </p>
  );
}

/** Answers that may differ because a write before did, or reached one side alone. */
export function AfterWrites({ row }: { readonly row: Difference }) {
  const { afterWrites, count } = row;
  if (afterWrites === undefined) return null;
  const { differed, not_copied } = afterWrites;
  return (
    <p class="note">
      Since a write of the same client
      {differed > 0 && ` differed: ${countText(differed)} of ${countText(count)}`}
      {differed > 0 && not_copied > 0 && ", or"}
      {not_copied > 0 && ` was not copied: ${countText(not_copied)} of ${countText(count)}`}.
    </p>
  );
}
