/** How a series looks: a colour and a stroke, so that neither is needed to tell two apart. */
export const LOOKS = {
  legacy: { colour: "legacy", dash: [6, 4], swatch: "dashed" },
  modern: { colour: "modern", dash: [], swatch: "solid" },
  "legacy shadow": { colour: "legacy", dash: [1, 4], swatch: "dotted" },
  "modern shadow": { colour: "modern", dash: [1, 4], swatch: "dotted" },
  match: { colour: "good", dash: [], swatch: "solid" },
  mismatch: { colour: "bad", dash: [6, 4], swatch: "dashed" },
  inconclusive: { colour: "mute", dash: [1, 4], swatch: "dotted" },
  "phase splitting": { colour: "modern", dash: [6, 4], swatch: "dashed" },
  "phase shadowing": { colour: "mute", dash: [1, 4], swatch: "dotted" },
  "reason first": { colour: "ink-3", dash: [], swatch: "solid" },
  "reason second": { colour: "warn", dash: [6, 4], swatch: "dashed" },
  "reason third": { colour: "mute", dash: [1, 4], swatch: "dotted" },
  gate: { colour: "bad", dash: [10, 3, 2, 3], swatch: "dashed" },
  bound: { colour: "ink-3", dash: [2, 2], swatch: "dotted" },
} as const;
type Look = keyof typeof LOOKS;

export interface Line {
  readonly label: string;
  readonly look: Look;
  readonly values: readonly (number | null)[];
  /** What legend and table say of a line that is drawn on top of others. */
  readonly said?: readonly (number | null)[];
  /** Filled below, or down to the next line only. */
  readonly area?: boolean | "band";
  /** Drawn as steps: for shares of bins. */
  readonly steps?: boolean;
}
