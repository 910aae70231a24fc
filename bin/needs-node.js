// Plain JavaScript that Node 12 parses. What the command and the library say on a Node that cannot run them.
"use strict";

const NEEDED = [22, 19];

/** What is wrong with this Node, and what helps; undefined: nothing. */
exports.problem = () => {
  const parts = process.versions.node.split(".");
  const major = Number(parts[0]);
  if (major > NEEDED[0] || (major === NEEDED[0] && Number(parts[1]) >= NEEDED[1])) return undefined;
  return {
    message: `fig needs Node ${NEEDED.join(".")} or newer, and this is ${process.versions.node}`,
    remedy: [
      "get one beside it, in any of these ways:",
      "  npm install node@24                    a Node of this folder's own, for npm scripts and npx strangler-fig",
      "  nvm install 24                         https://github.com/nvm-sh/nvm",
      "  https://nodejs.org/en/download         for the whole machine",
    ],
  };
};
