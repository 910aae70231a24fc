import type { ComponentChildren } from "preact";

interface CardProps {
  readonly title: string;
  readonly id: string;
  /** At the right of the title. */
  readonly aside?: ComponentChildren;
  readonly class?: string;
  readonly children: ComponentChildren;
}

export function Card({ title, id, aside, class: extra = "", children }: CardProps) {
  return (
    <section class={`card ${extra}`} aria-labelledby={id}>
      <header class="card-head">
        <h2 id={id}>{title}</h2>
        {aside}
      </header>
      {children}
    </section>
  );
}
