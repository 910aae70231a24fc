// A checkout of fig that a bench is told to run: where it stands, and what it is run with.
import { execFileSync } from "node:child_process";
import { resolve } from "node:path";
import { isBuilt } from "../scripts/built.mjs";

/** A path as it was typed: npm runs scripts elsewhere. Undefined stays undefined. */
export const typedPath = (path) => path && resolve(process.env.INIT_CWD ?? "", path);

export function requireBuilt(root) {
  if (!isBuilt(root))
    throw new Error(`${root} is no checkout of fig with a build as new as its sources. There: npm run setup`);
}

/** Its commit, with a `+` when files differ from it. */
export function commitOf(root) {
  const git = (...args) => execFileSync("git", ["-C", root, ...args], { encoding: "utf8" }).trim();
  try {
    return git("rev-parse", "--short", "HEAD") + (git("status", "--porcelain") === "" ? "" : "+");
  } catch {
    return "?";
  }
}

/** `["NAME=VALUE"]` as an object. */
export function environmentOf(pairs) {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf("=");
      if (at <= 0) throw new Error(`--env ${pair}: say NAME=VALUE`);
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}
