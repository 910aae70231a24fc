import { rateOf } from "../../figures.ts";
import { RateText } from "../../parts/rate.tsx";
import { href } from "../../state/place.ts";
import type { Noticed } from "../../state/wire.ts";
import { countText } from "../../words.ts";

const DIFFERS = { missing: "modern lacks it", extra: "only modern has it", value: "another value" } as const;

type Rule = Noticed["rules"][number];

function ruleSays({ state, count, read }: Rule): string {
  if (state === "ended") return "has ended and is no longer in force";
  if (state === "dead") return `met nothing in ${countText(read)} compared bodies`;
  return `hides more than half of the answer in ${countText(count)} of ${countText(read)} compared bodies`;
}

function noiseSays({ array, state, formats }: NonNullable<Noticed["noise"]>["paths"][number]): string {
  if (array !== undefined) return "has another order at legacy itself";
  if (state === "unprovable")
    return `is never the same at legacy itself, and compared as ${formats.join(", ")}`;
  return "differs at legacy itself";
}

interface NoticedListProps {
  readonly rows: readonly Noticed[];
  readonly withRoute: boolean;
}

/** What is no mismatch, and what people may take for compared all the same. */
export function NoticedList({ rows, withRoute }: NoticedListProps) {
  if (rows.length === 0) return null;
  const title = "Not compared, and different";
  return (
    <section class={withRoute ? "card noticed" : "noticed"} aria-label={title}>
      {withRoute ? <h2>{title}</h2> : <h3>{title}</h3>}
      <p class="note">
        These are no mismatches. A header is compared once <code>compare.headers</code> of its route lists it.
      </p>
      {rows.map(({ route, looked, headers, rules, noise, comparisons, document = [] }) => (
        <ul key={route} class="noticed-route">
          {withRoute && (
            <li>
              <a href={href(["routes", route])}>{route}</a>
            </li>
          )}
          {headers.map(({ name, kind, count }) => (
            <li key={`${name} ${kind}`}>
              <code>{name}</code> <span class="note">{DIFFERS[kind]}</span>{" "}
              <RateText rate={rateOf(count, looked)} />
            </li>
          ))}
          {document.map(({ place, by, count }) => (
            <li key={`${by} ${place}`}>
              <code>{place}</code>{" "}
              <span class="note">
                {by === "both"
                  ? "both sides break the OpenAPI document"
                  : "legacy alone breaks the OpenAPI document"}
              </span>{" "}
              <RateText rate={rateOf(count, comparisons)} />
            </li>
          ))}
          {rules.map((rule) => (
            <li key={rule.rule}>
              Rule <code>{rule.rule}</code> {ruleSays(rule)}
              {rule.until !== undefined && <span class="note"> until {rule.until}</span>}
              {rule.reason !== undefined && <span class="note"> {rule.reason}</span>}
            </li>
          ))}
          {noise?.paths
            .filter(({ hidden }) => hidden > 0)
            .map((path) => (
              <li key={path.path}>
                <code>{path.path}</code> {noiseSays(path)}, in {countText(path.own)} of{" "}
                {countText(noise.controls)} controls;{" "}
                <span class="note">{countText(path.hidden)} not counted</span>
              </li>
            ))}
          {noise !== undefined && noise.uncontrolled.length > 0 && (
            <li>
              Without a control, so that nothing of them is taken for noise by itself:{" "}
              {noise.uncontrolled.join(", ")}
            </li>
          )}
        </ul>
      ))}
    </section>
  );
}
