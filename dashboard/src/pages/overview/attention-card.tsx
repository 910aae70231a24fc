import { Card } from "../../parts/card.tsx";
import { Icon } from "../../parts/icon.tsx";
import { href } from "../../state/place.ts";
import type { Attention, Overview } from "../../state/wire.ts";
import { countText } from "../../words.ts";

const ICONS = { error: "error", warning: "warning", info: "info" } as const;
const SAID = { error: "Error", warning: "Warning", info: "For your information" } as const;
/** The next step has its own card. */
const ELSEWHERE = new Set(["gate_holds", "gate_waits"]);

function wanting({ attention }: Overview): readonly Attention[] {
  return attention.filter(({ kind }) => !ELSEWHERE.has(kind));
}

/** Above everything that can wait; not there while nothing needs it. */
export function AttentionCard({ overview }: { readonly overview: Overview }) {
  const items = wanting(overview);
  const unseen = overview.attentionTotal - overview.attention.length;
  if (items.length === 0) return null;
  return (
    <Card
      title="Needs attention"
      id="attention"
      class="attention-first"
      aside={<span class="count">{countText(items.length + unseen)}</span>}
    >
      <ul class="attention" tabIndex={items.length > 4 ? 0 : -1}>
        {items.map((item) => (
          <AttentionItem key={`${item.kind} ${item.route} ${item.message}`} item={item} />
        ))}
      </ul>
      {unseen > 0 && (
        <p class="note">
          and {countText(unseen)} more: <code>fig status</code> has them all
        </p>
      )}
    </Card>
  );
}

/** That nothing needs attention is an answer too. */
export function AllWell({ overview }: { readonly overview: Overview }) {
  if (wanting(overview).length > 0) return null;
  return (
    <p class="card calm">
      <Icon name="good" /> Nothing needs attention: files, store, upstreams and evidence are as they should
      be.
    </p>
  );
}

function AttentionItem({ item }: { readonly item: Attention }) {
  return (
    <li class={`attention-${item.severity}`}>
      <Icon name={ICONS[item.severity]} />
      <div>
        <p>
          <span class="unseen">{SAID[item.severity]}: </span>
          {item.message}
        </p>
        {item.remedy && <p class="note">{item.remedy}</p>}
        {item.route && (
          <p>
            <a href={href(["routes", item.route])}>{item.route}</a>
          </p>
        )}
      </div>
    </li>
  );
}
