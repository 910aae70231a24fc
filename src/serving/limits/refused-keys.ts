/** Keys that limits refused most often, of each process that serves; the rest are not told apart. */
export const MAX_REFUSED_KEYS = 100;
