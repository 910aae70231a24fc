import type uPlot from "uplot";
import { colour, textFont } from "./plot.tsx";

/** A ledger entry on the time axis. */
export interface Mark {
  /** s since the epoch. */
  readonly at: number;
  readonly revision: number;
  readonly kind: string;
  readonly text: string;
}

const LABEL_GAP_PX = 6;
const BACKWARDS = new Set(["rollback", "revert", "guard"]);

/** Ledger entries as upright lines with their revision, on every chart; labels that would overlap are left out. */
export function markPlugin(marks: () => readonly Mark[]): uPlot.Plugin {
  return {
    hooks: {
      draw: (plot) => {
        const { ctx, bbox } = plot;
        const scale = devicePixelRatio;
        ctx.save();
        ctx.beginPath();
        ctx.rect(bbox.left, 0, bbox.width, bbox.top + bbox.height);
        ctx.clip();
        ctx.font = textFont().replace("12px", `${11 * scale}px`);
        ctx.textBaseline = "top";
        ctx.textAlign = "center";
        ctx.lineWidth = scale;
        ctx.setLineDash([2 * scale, 3 * scale]);
        const right = bbox.left + bbox.width;
        let free = Number.POSITIVE_INFINITY;
        // From the newest back: where labels would overlap, the newest stays.
        for (const { at, revision, kind } of marks().toReversed()) {
          const x = Math.round(plot.valToPos(at, "x", true));
          if (!(x >= bbox.left && x <= right)) continue;
          const back = BACKWARDS.has(kind);
          const tone = colour(back ? "bad" : "ink-3");
          ctx.strokeStyle = tone;
          ctx.fillStyle = tone;
          ctx.beginPath();
          ctx.moveTo(x, bbox.top);
          ctx.lineTo(x, bbox.top + bbox.height);
          ctx.stroke();
          const label = `${back ? "↩" : ""}r${revision}`;
          const half = ctx.measureText(label).width / 2;
          const centre = Math.min(Math.max(x, bbox.left + half), right - half);
          if (centre + half > free) continue;
          free = centre - half - LABEL_GAP_PX * scale;
          ctx.fillText(label, centre, bbox.top - 14 * scale);
        }
        ctx.restore();
      },
    },
  };
}
