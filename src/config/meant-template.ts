/** A segment as other routers write a capture, and what is captured: `:id`, `<int:id>`, `[id]`, `(.*)`, `*rest`, `[...rest]`. */
const ONE = /^(?::([A-Za-z_]\w*)(?:\(.*\))?\??|<(?:\w+:)?([A-Za-z_]\w*)>|\[([A-Za-z_]\w*)\])$/;
const REST =
  /^(?:\*{1,2}([A-Za-z_]\w*)?|:([A-Za-z_]\w*)[*+]|<path:([A-Za-z_]\w*)>|\[\[?\.\.\.([A-Za-z_]\w*)\]?\]|\(?\.\*\)?)$/;

/** Capture names of one template: none twice. */
class Names {
  private readonly taken = new Set<string>();

  of(wanted: string): string {
    let name = wanted;
    for (let more = 2; this.taken.has(name); more++) name = `${wanted}${more}`;
    this.taken.add(name);
    return name;
  }
}

function meantSegment(segment: string, last: boolean, names: Names): string {
  const rest = REST.exec(segment);
  if (rest !== null) {
    const name = rest.slice(1).find((found) => found !== undefined);
    return last ? `{${names.of(name ?? "rest")}+}` : `{${names.of(name ?? "any")}}`;
  }
  const one = ONE.exec(segment)
    ?.slice(1)
    .find((found) => found !== undefined);
  if (one !== undefined) return `{${names.of(one)}}`;
  return segment.includes("*") ? `{${names.of("any")}}` : segment;
}

/**
 * The template that was probably meant by a path in another router's words: `/api/orders/:id` → `/api/orders/{id}`,
 * `/files/*` → `/files/{rest+}`. Undefined: the path says what it means. A literal `:` or `*` can be written %3A or %2A.
 */
export function meantTemplate(path: string): string | undefined {
  const segments = path.split("/");
  const names = new Names();
  for (const segment of segments) {
    const known = /^\{(\w+)\+?\}$/.exec(segment)?.[1];
    if (known !== undefined) names.of(known);
  }
  const meant = segments.map((segment, index) => meantSegment(segment, index === segments.length - 1, names));
  const text = meant.join("/");
  return text === path ? undefined : text;
}
