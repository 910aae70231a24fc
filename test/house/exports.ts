import { posix } from "node:path";
import type { Sources } from "./floors.ts";
import { codeLines } from "./imports.ts";

const NAMED = /\b(?:import|export)\s+(?:type\s+)?\{([^}]*)\}\s*from\s*"([^"]+)"/g;
const NAMED_LATER = /\bconst\s*\{([^}]*)\}\s*=\s*await\s+import\s*\(\s*"([^"]+)"/g;
/** Any name may be meant. */
const WHOLE = /\b(?:import\s*\*\s*as\s+\w+\s+from|import\s*\()\s*"([^"]+)"/g;
/** Whatever is imported from here may be meant there. */
const PASSED_ON = /\bexport\s+(?:type\s+)?\*\s*from\s*"([^"]+)"/g;
const DECLARED =
  /^export\s+(?:async\s+|abstract\s+)*(?:function\*?|const|let|class|interface|type|enum)\s+(\w+)/gm;
const LISTED = /^export\s+(?:type\s+)?\{([^}]*)\}/gm;

/** The names of a list between braces, as they are called there (`a` of `a as b`) or here (`b`). */
function names(list: string, called: "there" | "here"): readonly string[] {
  return list
    .split(",")
    .map((item) => item.trim().replace(/^type\s+/, ""))
    .filter((item) => item !== "")
    .map((item) => item.split(/\s+as\s+|:\s*/).at(called === "there" ? 0 : -1) as string);
}

/** The source that an import of `file` means: what is built stands for what it is built from. */
function meant(file: string, target: string): string {
  const path = posix.join(posix.dirname(file), target);
  return path.replace(/^dist\/(.*)\.js$/, "src/$1.ts");
}

/** What is exported below `within` and imported by no other file, as `file: name`. `entries` are read from outside. */
export function deadExports(
  sources: Sources,
  within: readonly string[],
  entries: ReadonlySet<string>,
): readonly string[] {
  const code = new Map([...sources].map(([file, text]) => [file, codeLines(text).join("\n")]));
  const used = new Set<string>();
  for (const [file, text] of code) {
    for (const pattern of [NAMED, NAMED_LATER])
      for (const [, list, target] of text.matchAll(pattern))
        for (const name of names(list as string, "there"))
          used.add(`${meant(file, target as string)}: ${name}`);
    for (const [, target] of text.matchAll(WHOLE))
      for (const name of text.match(/\w+/g) ?? []) used.add(`${meant(file, target as string)}: ${name}`);
  }
  const passedOn = new Map<string, string[]>();
  for (const [file, text] of code)
    passedOn.set(
      file,
      [...text.matchAll(PASSED_ON)].map(([, target]) => meant(file, target as string)),
    );
  // A set that grows while it is walked: what is passed on twice is followed twice.
  for (const one of used) {
    const [file = "", name] = one.split(": ");
    for (const target of passedOn.get(file) ?? []) used.add(`${target}: ${name}`);
  }
  const exported = [...code]
    .filter(([file]) => within.some((folder) => file.startsWith(folder)) && !entries.has(file))
    .flatMap(([file, text]) => [
      ...[...text.matchAll(DECLARED)].map(([, name]) => `${file}: ${name}`),
      ...[...text.matchAll(LISTED)].flatMap(([, list]) =>
        names(list as string, "here").map((name) => `${file}: ${name}`),
      ),
    ]);
  return exported.filter((one) => !used.has(one));
}
