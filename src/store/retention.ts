/** Evidence windows kept for each route, newest first; older ones keep only what modern did unsafely. */
export const WINDOWS_KEPT = 20;
