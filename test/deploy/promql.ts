/** What may be asked for. */
export interface Known {
  /** Labels by metric. */
  readonly labels: ReadonlyMap<string, ReadonlySet<string>>;
  /** The values a label can have, where they are few and ours. */
  readonly values: Readonly<Record<string, readonly string[]>>;
}

const SELECTOR = /([a-zA-Z_:][a-zA-Z0-9_:]*)\s*\{([^}]*)\}/g;
const MATCHER = /([a-z_]+)\s*(=~|!~|!=|=)\s*"([^"]*)"/g;
const GROUPING = /\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)/g;
/** A metric of ours, Node's, or a recorded one. */
const METRIC = /\b(?:(?:fig|process|nodejs)_[a-z0-9_]+|[a-z_]+:[a-z0-9_]+:[a-z0-9_]+|up)\b/g;

/** What an expression asks for that nobody exports, each as a sentence. Reads PromQL as far as names, labels and values go. */
export function problemsOf(expression: string, { labels, values }: Known): readonly string[] {
  const problems: string[] = [];
  const bare = expression.replace(/"[^"]*"/g, '""');
  const metrics = [...new Set([...bare.matchAll(METRIC)].map(([name]) => name))];
  const exported = metrics.filter((name) => labels.has(name));
  for (const name of metrics) if (!labels.has(name)) problems.push(`${name} is not exported`);
  if (problems.length > 0) return problems;
  for (const [, name, inside] of expression.matchAll(SELECTOR)) {
    for (const [, label, operator, value] of (inside as string).matchAll(MATCHER)) {
      if (labels.get(name as string)?.has(label as string) !== true)
        problems.push(`${name} has no label ${label}`);
      const allowed = values[label as string];
      const asked = operator === "=~" || operator === "!~" ? (value as string).split("|") : [value as string];
      if (allowed === undefined) continue;
      for (const one of asked) if (!allowed.includes(one)) problems.push(`${label} is never "${one}"`);
    }
  }
  for (const [, names] of bare.matchAll(GROUPING)) {
    for (const label of (names as string).split(",").map((text) => text.trim())) {
      if (label !== "" && !exported.some((name) => labels.get(name)?.has(label)))
        problems.push(`no metric here has the label ${label}`);
    }
  }
  return problems;
}
