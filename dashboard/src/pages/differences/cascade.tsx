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
