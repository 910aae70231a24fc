import type { Phase, Position } from "../state/wire.ts";
import { shareText } from "../words.ts";

const GLYPHS: Readonly<Record<Phase, string>> = {
  legacy: "○",
  shadowing: "◌",
  splitting: "◐",
  cutover: "●",
  retired: "■",
};

export function PhaseMark({ phase }: { readonly phase: Phase }) {
  return (
    <span class={`phase phase-${phase}`}>
      <span aria-hidden="true">{GLYPHS[phase]}</span> {phase}
    </span>
  );
}

/** How clients are shared out: modern plain from the left, legacy hatched; the shadow as a thin line below. */
export function PositionBar({
  position,
  wide = false,
}: {
  readonly position: Position;
  readonly wide?: boolean;
}) {
  const { modern, shadow } = position;
  const text = `modern serves ${shareText(modern)} of clients, ${shareText(shadow)} of requests are shadowed`;
  return (
    <span class={`position ${wide ? "position-wide" : ""}`} role="img" aria-label={text} title={text}>
      <span class="position-bar">
        <span class="fill-modern" style={{ width: `${modern}%` }} />
        <span class="fill-legacy" style={{ width: `${100 - modern}%` }} />
      </span>
      <span class="position-shadow">
        <span style={{ width: `${shadow}%` }} />
      </span>
    </span>
  );
}

export function PositionText({ position }: { readonly position: Position }) {
  return (
    <span class="position-text">
      {shareText(position.modern)} <span class="quiet">modern</span>
      {position.shadow > 0 && (
        <>
          {" "}
          · {shareText(position.shadow)} <span class="quiet">shadow</span>
        </>
      )}
    </span>
  );
}
