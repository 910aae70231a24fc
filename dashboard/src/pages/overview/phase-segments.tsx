import { PHASES, type Phase } from "../../state/wire.ts";

/** From the end of the road to its beginning, so that it fills from the left as the other bars do. */
const ORDER = [...PHASES].reverse();

export function PhaseSegments({
  phases,
  total,
}: {
  readonly phases: Readonly<Record<Phase, number>>;
  readonly total: number;
}) {
  const text = ORDER.map((phase) => `${phases[phase]} ${phase}`).join(", ");
  return (
    <span class="position position-wide" role="img" aria-label={text} title={text}>
      <span class="position-bar">
        {ORDER.map((phase) => (
          <span
            key={phase}
            class={`segment segment-${phase}`}
            style={{ width: `${total === 0 ? 0 : (phases[phase] / total) * 100}%` }}
          />
        ))}
      </span>
    </span>
  );
}
