import { textLeaf, Wrong } from "./leaf.ts";

/** A path that the front door answers itself. */
export function ownPath(like: string) {
  const remedy = `write a path of this front door, like ${like}`;
  return textLeaf("path", remedy, (text) =>
    /^\/(?:[\w.~-]+(?:\/[\w.~-]+)*\/?)?$/.test(text) && !/\/\.{1,2}(?:\/|$)/.test(text)
      ? text
      : new Wrong("{value} is no path", remedy),
  );
}
