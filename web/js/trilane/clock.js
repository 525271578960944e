// The client's only clock. The page reads it too, so that a latency is the difference of two
// readings of one clock.

/**
 * Returns milliseconds since 1970 at the platform's resolution. Unlike `Date.now()` it never steps
 * back.
 */
export const now = () => performance.timeOrigin + performance.now();
