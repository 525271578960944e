// A promise that is settled from outside.

/** `Promise.withResolvers`, for platforms without it. */
export function withResolvers() {
  let resolve;
  const promise = new Promise((settle) => (resolve = settle));
  return { promise, resolve };
}
