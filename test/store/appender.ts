/** A process that appends to a state file until told how often or until it fails; prints one line of JSON. */
import { systemClock } from "../../src/clock.ts";
import { FigError } from "../../src/domain/errors.ts";
import { openStore } from "../../src/store/index.ts";
import { ANY, draftOf } from "../conformance/store-values.ts";

const [path, times] = process.argv.slice(2);
const store = await openStore(`sqlite:${path}`, systemClock);
let acknowledged = 0;
let failure: { code: string; message: string; remedy: string | undefined } | undefined;
try {
  while (acknowledged < Number(times)) {
    const result = await store.append(draftOf(["a"]), { revision: ANY, routes: [] });
    if (result.ok) acknowledged = result.entry.revision;
  }
} catch (error) {
  if (!(error instanceof FigError)) throw error;
  const { code, message, remedy } = error;
  failure = { code, message, remedy };
}
process.stdout.write(`${JSON.stringify({ acknowledged, failure })}\n`);
// Not closed: a process ends by itself with its store open, and nothing acknowledged is lost by that.
