import { Card } from "../../parts/card.tsx";
import { Icon } from "../../parts/icon.tsx";
import { unknownOf } from "../../parts/unknown.tsx";
import { href } from "../../state/place.ts";
import type { Attention, Overview } from "../../state/wire.ts";
import { countText } from "../../words.ts";
import { linksOf } from "./attention-links.ts";

const ICONS = { error: "error", warning: "warning", info: "info" } as const;
const SAID = { error: "Error", warning: "Warning", info: "For your information" } as const;
/** The next step has its own card. */
const ELSEWHERE = new Set(["gate_holds", "gate_waits"]);
/** More of one kind are one line that opens. */
const MOST_OF_A_KIND = 3;

function wanting({ attention }: Overview): readonly Attention[] {
  return attention.filter(({ kind }) => !ELSEWHERE.has(kind));
}

/** Runs of one kind and severity, in their order. */
function byKind(items: readonly Attention[]): readonly (readonly Attention[])[] {
  const groups = new Map<string, Attention[]>();
  for (const item of items) {
    const key = `${item.severity} ${item.kind}`;
    groups.set(key, [...(groups.get(key) ?? []), item]);
  }
  return [...groups.values()];
}

/** Above everything; not there while nothing needs it. */
export function AttentionCard({ overview }: { readonly overview: Overview }) {
  const items = wanting(overview);
  const unseen = overview.attentionTotal - overview.attention.length;
  if (items.length === 0) return null;
  const gravest = items.some(({ severity }) => severity === "error") ? "error" : "warning";
  return (
    <Card
      title="Needs attention"
      id="attention"
      class={`attention-first attention-has-${gravest}`}
      aside={<span class="count">{countText(items.length + unseen)}</span>}
    >
      <ul class="attention">
        {byKind(items).map((group) =>
          group.length > MOST_OF_A_KIND ? (
            <AttentionGroup key={group[0]?.kind} items={group} />
          ) : (
            group.map((item) => (
              <AttentionItem key={`${item.kind} ${item.route} ${item.message}`} item={item} />
            ))
          ),
        )}
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
  // Green never means that nobody looked.
  if (wanting(overview).length > 0 || unknownOf(overview) !== undefined) return null;
  return (
    <p class="card calm">
      <Icon name="good" /> Nothing needs attention: files, store, upstreams and evidence are as they should
      be.
    </p>
  );
}

/** Many of one kind: the first is said, the others are there when they are asked for. */
function AttentionGroup({ items }: { readonly items: readonly Attention[] }) {
  const [first, ...others] = items;
  if (first === undefined) return null;
  return (
    <li class={`attention-${first.severity} attention-group`}>
      <Icon name={ICONS[first.severity]} />
      <div>
        <AttentionText item={first} />
        <details>
          <summary>and {countText(others.length)} like it</summary>
          <ul>
            {others.map((item) => (
              <li key={`${item.route} ${item.message}`}>
                <AttentionText item={item} />
              </li>
            ))}
          </ul>
        </details>
      </div>
    </li>
  );
}

function AttentionItem({ item }: { readonly item: Attention }) {
  return (
    <li class={`attention-${item.severity}`}>
      <Icon name={ICONS[item.severity]} />
      <div>
        <AttentionText item={item} />
      </div>
    </li>
  );
}

function AttentionText({ item }: { readonly item: Attention }) {
  return (
    <>
      <p>
        <span class="unseen">{SAID[item.severity]}: </span>
        {item.message}
      </p>
      {item.remedy && <p class="note">{item.remedy}</p>}
      <p class="attention-links">
        {linksOf(item).map(({ text, path, query }) => (
          <a key={text} href={href(path, query)}>
            {text}
          </a>
        ))}
      </p>
    </>
  );
}
