/** Something with bytes to hand to the operating system. */
export interface Writer {
  flush(): void;
}

/** So many waiting writers are enough: none waits long, however many connections are ready at once. */
const ENOUGH = 64;

let waiting: Writer[] = [];

/**
 * Calls `writer.flush()` when the connections that are ready now have been read. What one read brings on goes out together
 * with what the others bring on: the process at the other end is then woken once, not for every request (0012).
 */
export function flushAtEndOfTurn(writer: Writer): void {
  const count = waiting.push(writer);
  if (count === 1) setImmediate(flushAll);
  else if (count === ENOUGH) process.nextTick(flushAll);
}

function flushAll(): void {
  const due = waiting;
  waiting = [];
  for (const writer of due) writer.flush();
}
