/** From and to, in UTF-16 units. */
export type Span = readonly [start: number, end: number];
