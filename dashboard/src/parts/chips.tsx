import type { ComponentChildren } from "preact";

interface ChipsProps<T> {
  /** What is chosen, for those who cannot see the row. */
  readonly label: string;
  /** `undefined`: all of them. */
  readonly options: readonly T[];
  readonly chosen: string | undefined;
  readonly onChoose: (option: T) => void;
  readonly says: (option: T) => ComponentChildren;
}

/** A row of buttons of which one is pressed. */
export function Chips<T extends string | undefined>(props: ChipsProps<T>) {
  const { label, options, chosen, onChoose, says } = props;
  return (
    <fieldset class="chips" aria-label={label}>
      {options.map((option) => (
        <button
          key={option ?? "all"}
          type="button"
          class="chip"
          aria-pressed={option === chosen}
          onClick={() => onChoose(option)}
        >
          {says(option)}
        </button>
      ))}
    </fieldset>
  );
}

/** Says that only this route is shown, and shows every route. */
export function OnlyRoute({ route, onAll }: { readonly route: string; readonly onAll: () => void }) {
  return (
    <button type="button" class="chip" aria-pressed="true" onClick={onAll}>
      only {route} ✕<span class="unseen">: show every route</span>
    </button>
  );
}
