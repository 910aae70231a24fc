import type { Rate } from "../figures.ts";
import { countText, intervalText, NONE, percentText } from "../words.ts";

/** A mismatch rate and its interval: a small number of comparisons looks as unsure as it is. */
export function RateText({ rate }: { readonly rate: Rate }) {
  if (rate.value === undefined) {
    return (
      <span class="rate">
        {NONE}
        <span class="note">not compared</span>
      </span>
    );
  }
  return (
    <span
      class="rate"
      title={`${countText(rate.hits)} of ${countText(rate.trials)} compared; with 95 % confidence between the two values below`}
    >
      {percentText(rate.value)}
      <span class="note">{intervalText(rate.low, rate.high)}</span>
    </span>
  );
}
