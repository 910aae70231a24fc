import { type LookupAddress, lookup } from "node:dns";
import type { LookupFunction } from "node:net";

/**
 * Looks a name up for every connection, and begins with another of its addresses each time; the others are tried behind it.
 * The system's own order would send all connections to the first address until it fails.
 */
export function addressesInTurn(resolve: typeof lookup = lookup): LookupFunction {
  let turn = 0;
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, found) => {
      if (error !== null) {
        callback(error, []);
        return;
      }
      const addresses = rotated(found, turn++);
      const [first] = addresses;
      if (options.all === true) callback(null, addresses);
      else callback(null, first?.address ?? "", first?.family);
    });
  };
}

/** By families as the system orders them: which of them can be reached is its knowledge. */
function rotated(found: readonly LookupAddress[], turn: number): LookupAddress[] {
  const preferred = found.filter(({ family }) => family === found[0]?.family);
  const others = found.filter(({ family }) => family !== found[0]?.family);
  const from = preferred.length === 0 ? 0 : turn % preferred.length;
  return [...preferred.slice(from), ...preferred.slice(0, from), ...others];
}
