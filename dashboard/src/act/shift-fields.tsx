import type { Act, Fields } from "./act.ts";

interface ShiftFieldsProps {
  readonly act: Extract<Act, { kind: "shift" }>;
  readonly fields: Fields;
  readonly onChange: (changes: Partial<Fields>) => void;
}

const STOPS = [0, 1, 5, 10, 25, 50, 100];

export function ShiftFields({ act, fields, onChange }: ShiftFieldsProps) {
  return (
    <>
      {act.cohort !== act.route && (
        <label class="check">
          <input
            type="checkbox"
            checked={fields.wholeCohort}
            onChange={(event) => onChange({ wholeCohort: event.currentTarget.checked })}
          />
          Move every route of cohort {act.cohort}, so that a client sees them on one side
        </label>
      )}
      <Percent
        name="modern"
        label="Modern serves, percent of clients"
        value={fields.modern}
        onChange={(modern) => onChange({ modern })}
      />
      <Percent
        name="shadow"
        label="Shadowed, percent of requests"
        value={fields.shadow}
        onChange={(shadow) => onChange({ shadow })}
      />
    </>
  );
}

interface PercentProps {
  readonly name: string;
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
}

function Percent({ name, label, value, onChange }: PercentProps) {
  return (
    <fieldset class="percent">
      <legend>{label}</legend>
      <div class="percent-row">
        <input
          type="range"
          min={0}
          max={100}
          step={1}
          value={value}
          aria-label={`${label}, slider`}
          class={`range-${name}`}
          onInput={(event) => onChange(event.currentTarget.value)}
        />
        <input
          type="number"
          name={name}
          min={0}
          max={100}
          step={0.01}
          required
          value={value}
          aria-label={label}
          onInput={(event) => onChange(event.currentTarget.value)}
        />
        <span class="quiet">%</span>
      </div>
      <div class="chips">
        {STOPS.map((stop) => (
          <button
            key={stop}
            type="button"
            class="chip"
            aria-pressed={Number(value) === stop}
            onClick={() => onChange(String(stop))}
          >
            {stop} %
          </button>
        ))}
      </div>
    </fieldset>
  );
}
