import { formatPlace } from "./format-problems.ts";
import { suggestion } from "./nearest.ts";
import type { Sources } from "./sources.ts";

/**
 * A warning for each variable of the file that is started with that nothing refers to: where its name is typed wrongly, what another
 * file says of the right one stays in force.
 */
export function unusedVariables({ fig, texts = new Map(), variableSources }: Sources): readonly string[] {
  const all = [...texts.values()];
  const names = Object.keys(variableSources);
  const unused = names.filter(
    (name) => !all.some((text) => text.includes(`\${${name}}`) || text.includes(`\${${name}:-`)),
  );
  return unused.flatMap((name) => {
    const place = fig.place(["vars", name.slice("vars.".length)], "key");
    if (place.file !== fig.file) return [];
    const others = names.filter((each) => !unused.includes(each));
    const remedy = others.length === 0 ? "remove it" : suggestion(name, others, "variables");
    return [`${formatPlace(place)}: ${name} stands in no file: ${remedy}`];
  });
}
