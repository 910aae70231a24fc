import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { useCell } from "../state/cell.ts";
import { theme } from "../state/theme.ts";

interface PlotProps {
  /** Made again when `shape` or the theme changes: colours are read when it is called. */
  readonly options: () => Omit<uPlot.Options, "width" | "height">;
  readonly data: uPlot.AlignedData;
  /** What the options depend on, besides the theme. */
  readonly shape: string;
  readonly height: number;
  readonly label: string;
}

/** A canvas as wide as its place. uPlot sets its styles through the CSSOM, which the page's policy allows. */
export function Plot({ options, data, shape, height, label }: PlotProps) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  const colours = useCell(theme);
  // `shape` and the theme stand for the options.
  useEffect(() => {
    const place = box.current;
    if (place === null) return;
    const made = new uPlot({ ...options(), width: Math.max(place.clientWidth, 120), height }, data, place);
    plot.current = made;
    const watch = new ResizeObserver(() => {
      if (place.clientWidth > 0 && place.clientWidth !== made.width)
        made.setSize({ width: place.clientWidth, height });
    });
    watch.observe(place);
    return () => {
      watch.disconnect();
      made.destroy();
      plot.current = undefined;
    };
  }, [shape, colours, height]);
  useEffect(() => plot.current?.setData(data), [data]);
  return <div class="plot" ref={box} role="img" aria-label={label} />;
}

/** A colour of the theme in force. */
export function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

/** The same, let through: 0 nothing, 1 all. */
export function faint(name: string, alpha: number): string {
  return `color-mix(in srgb, ${colour(name)} ${alpha * 100}%, transparent)`;
}

export function textFont(): string {
  return "12px system-ui, sans-serif";
}
