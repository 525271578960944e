// The client's only clock, which the page reads too, so that a latency is the difference of two readings of one clock.

/** Milliseconds since 1970 with the fraction the platform grants; unlike Date.now() it never steps back. */
export const now = () => performance.timeOrigin + performance.now();
