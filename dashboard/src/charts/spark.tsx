const WIDTH = 64;
const HEIGHT = 18;

/** A line without axes, as high as its highest value. The newest minute is not over and is left out. */
export function Spark({ values, label }: { readonly values: readonly number[]; readonly label: string }) {
  const whole = values.slice(0, -1);
  if (whole.every((value) => value === 0)) return null;
  const top = Math.max(...whole, 1);
  const step = WIDTH / Math.max(1, whole.length - 1);
  const points = whole.map(
    (value, at) => `${(at * step).toFixed(1)},${(HEIGHT - 1 - (value / top) * (HEIGHT - 2)).toFixed(1)}`,
  );
  return (
    <svg
      class="spark"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      width={WIDTH}
      height={HEIGHT}
      role="img"
      aria-label={label}
    >
      <polyline points={points.join(" ")} />
    </svg>
  );
}
