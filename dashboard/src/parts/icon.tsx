const PATHS = {
  error: "M8 1.5 14.5 8 8 14.5 1.5 8ZM8 4.5v4M8 10.5v1",
  warning: "M8 2 14.5 13.5h-13ZM8 6v4M8 11.3v.9",
  info: "M8 1.5a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13ZM8 7v4.5M8 4.3v1",
  good: "M2.5 8.5 6.5 12.5 13.5 4",
  bad: "M3.5 3.5l9 9M12.5 3.5l-9 9",
  forward: "M2 8h11M9 4l4 4-4 4",
  back: "M6 3 2 7l4 4M2.5 7H10a4 4 0 0 1 0 8H8",
  down: "M3.5 6 8 10.5 12.5 6",
  sun: "M8 5a3 3 0 1 1 0 6 3 3 0 0 1 0-6ZM8 1v1.6M8 13.4V15M1 8h1.6M13.4 8H15M3 3l1.2 1.2M11.8 11.8 13 13M13 3l-1.2 1.2M4.2 11.8 3 13",
  moon: "M13.5 9.5A6 6 0 0 1 6.5 2.5 6 6 0 1 0 13.5 9.5Z",
  lock: "M3.5 7.5h9v6h-9ZM5.5 7.5V5a2.5 2.5 0 0 1 5 0v2.5",
  copy: "M5.5 5.5h8v8h-8ZM10.5 5.5v-3h-8v8h3",
} as const;
type IconName = keyof typeof PATHS;

/** Beside a word that says the same. */
export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg class={`icon icon-${name}`} viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
