// Plain JavaScript that Node 12 parses. Help and version for a Node that cannot run the command itself: the reference page is
// the help of every command, word for word.
"use strict";

/** The longest of the commands that these words begin with. */
function helpIn(page, words) {
  for (let length = words.length; length >= 0; length--) {
    const heading = ["fig"].concat(words.slice(0, length)).join(" ");
    const from = page.search(new RegExp(`^##+ ${heading.replace(/[^a-z ]/g, "\\W")}$`, "m"));
    if (from < 0) continue;
    const text = page.slice(page.indexOf("```text\n", from) + 8);
    return text.slice(0, text.indexOf("\n```") + 1);
  }
  return "";
}

/**
 * What to print if these arguments ask for help or the version alone; undefined: they ask for more. `read` gives the text of a
 * file of the package.
 */
exports.answer = (argv, read) => {
  const words = argv.filter((word) => word[0] !== "-");
  const has = (name) => argv.indexOf(name) >= 0;
  const isHelp = words[0] === "help";
  if (isHelp || has("--help") || has("-h"))
    return helpIn(read("docs/reference/cli.md"), words.slice(isHelp ? 1 : 0));
  if (words.length > 0 || !(has("--version") || has("-V"))) return undefined;
  return `${JSON.parse(read("package.json")).version}\n`;
};
