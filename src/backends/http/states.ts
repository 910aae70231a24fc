/** What a connection to an upstream is about. HEAD to TUNNEL are of an answer, and in order. */
export const CONNECTING = 0;
export const IDLE = 1;
export const HEAD = 2;
export const SIZED = 3;
export const CHUNKS = 4;
export const TO_CLOSE = 5;
export const TUNNEL = 6;
export const LEAVING = 7;
export const DEAD = 8;
