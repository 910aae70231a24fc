import { Card } from "../../parts/card.tsx";
import { Icon } from "../../parts/icon.tsx";
import { href } from "../../state/place.ts";
import type { Attention, Overview } from "../../state/wire.ts";
import { countText } from "../../words.ts";

const ICONS = { error: "error", warning: "warning", info: "info" } as const;
const SAID = { error: "Error", warning: "Warning", info: "For your information" } as const;
/** The next step has its own card. */
const ELSEWHERE = new Set(["gate_holds", "gate_waits"]);

export function AttentionCard({ overview }: { readonly overview: Overview }) {
  const items = overview.attention.filter(({ kind }) => !ELSEWHERE.has(kind));
  const unseen = overview.attentionTotal - overview.attention.length;
  return (
    <Card
      title="Needs attention"
      id="attention"
      aside={items.length > 0 && <span class="count">{countText(items.length + unseen)}</span>}
    >
      {items.length === 0 ? (
        <p class="calm">
          <Icon name="good" /> Files, store, upstreams and evidence are as they should be.
        </p>
      ) : (
        <ul class="attention" tabIndex={items.length > 4 ? 0 : -1}>
          {items.map((item) => (
            <AttentionItem key={`${item.kind} ${item.route} ${item.message}`} item={item} />
          ))}
        </ul>
      )}
      {unseen > 0 && <p class="note">and {countText(unseen)} more: `fig status` has them all</p>}
    </Card>
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
