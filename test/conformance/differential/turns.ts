/** After some turns of the event loop: what was written to a loopback socket has been read at its other end. */
export function afterTurns(turns: number, then: () => void): void {
  if (turns === 0) then();
  else setImmediate(() => afterTurns(turns - 1, then));
}

/** Writes `text` in pieces cut at `cuts`, some turns apart; `done` follows the last. */
export function writePieces(
  write: (piece: string) => boolean,
  text: string,
  cuts: readonly number[],
  done: () => void,
): void {
  const step = (index: number, from: number) => {
    const to = cuts[index] ?? text.length;
    if (to > from && !write(text.slice(from, to))) return;
    if (index >= cuts.length) done();
    else afterTurns(3, () => step(index + 1, Math.max(from, to)));
  };
  step(0, 0);
}
