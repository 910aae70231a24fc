import type { ComponentChildren, RefObject } from "preact";

/** A table that scrolls where there is no room for it. What scrolls must be reachable by keyboard. */
export function ScrollingTable({
  label,
  children,
}: {
  readonly label: string;
  readonly children: ComponentChildren;
}) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
    <section class="scroll" tabIndex={0} aria-label={`${label}, table`}>
      {children}
    </section>
  );
}

/** Text as it is written, which may be wide or long. */
export function ScrollingText({
  text,
  children,
}: {
  readonly text: RefObject<HTMLPreElement | null>;
  readonly children: ComponentChildren;
}) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
    <pre tabIndex={0} ref={text}>
      {children}
    </pre>
  );
}
