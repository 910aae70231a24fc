/**
 * The generic cell rate algorithm (ITU-T I.371, annex A) as a bucket that drains: each request pours `cost` units in, `perMicro`
 * units run out every microsecond, and a request passes while it fits into `room`. All four are whole numbers, and so is
 * the time in microseconds: nothing is rounded, so nothing drifts however long a bucket lives.
 */
export interface Pace {
  /** Units that a request takes. */
  readonly cost: number;
  /** Units that come free in a microsecond. */
  readonly perMicro: number;
  /** Units of a whole burst: burst × cost. */
  readonly room: number;
}

/** The largest room. Twice as much is still a whole number of a double's, with what front doors take on credit. */
const MAX_ROOM = 2 ** 52;

/**
 * `amount` requests (a decimal number, as text) every `periodMicros`, and `burst` of them at once. Undefined: the numbers are too large
 * to be counted exactly.
 */
export function paceOf(amount: string, periodMicros: number, burst: number): Pace | undefined {
  const [whole = "", decimals = ""] = amount.split(".");
  const requests = Number(whole + decimals);
  const micros = periodMicros * 10 ** decimals.length;
  if (!Number.isSafeInteger(micros) || !Number.isSafeInteger(requests) || requests <= 0) return undefined;
  const common = divisor(requests, micros);
  const [cost, perMicro] = [micros / common, requests / common];
  const room = cost * burst;
  return room > MAX_ROOM ? undefined : { cost, perMicro, room };
}

function divisor(a: number, b: number): number {
  return b === 0 ? a : divisor(b, a % b);
}

/** What is left of `used` units, `micros` later. A clock that went back is no time. */
export function drained(used: number, micros: number, { perMicro }: Pace): number {
  // A product too large to be exact is larger than any room.
  return micros <= 0 ? used : Math.max(0, used - micros * perMicro);
}

/** `share`: how many requests this one counts for. It passes where it alone fits, though it takes more than there is room for. */
export function fits(used: number, { cost, room }: Pace, share: number): boolean {
  return used + Math.min(share * cost, room) <= room;
}

/** Requests that would pass now. */
export function left(used: number, { cost, room }: Pace, share: number): number {
  return Math.max(0, Math.floor((room - used) / (cost * share)));
}

/** Until the next request passes, µs, never too few; 0: now. */
export function waitMicros(used: number, { cost, room, perMicro }: Pace, share: number): number {
  return Math.max(0, Math.ceil((used + Math.min(share * cost, room) - room) / perMicro));
}

/** Until nothing is used, µs, never too few. */
export function wholeMicros(used: number, { perMicro }: Pace): number {
  return Math.ceil(used / perMicro);
}
