import { answersOf } from "../figures.ts";
import type { RouteStatus } from "../state/wire.ts";

interface SidePairProps {
  readonly legacy: string;
  readonly modern: string;
  readonly route: RouteStatus;
}

/** Both sides' values, one under the other. What a side answered to shadows only is set in italics, and said so. */
export function SidePair({ legacy, modern, route }: SidePairProps) {
  const values = { legacy, modern };
  return (
    <span class="sides">
      {(["legacy", "modern"] as const).map((side) => {
        const { shadow } = answersOf(route, side);
        return (
          <span
            key={side}
            class={shadow ? "of-shadow" : ""}
            title={shadow ? `${side}, answering shadows` : side}
          >
            <span class={`swatch swatch-${side}`} aria-hidden="true" />
            <span class="unseen">{shadow ? `${side} (shadows) ` : `${side} `}</span>
            <b>{values[side]}</b>
          </span>
        );
      })}
    </span>
  );
}
