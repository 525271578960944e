// The effect of a computation on subscribers: idle first, then on the event loops that serve them,
// then on a thread pool. `POST /tasks` counts primes; `inline=true` needs a service that allows it.

import { pause } from "../trilane/backoff.js";
import { run as steady } from "./steady.js";

// Worker threads receive connections in turn, so this many concurrent requests reach several of
// them.
const AT_ONCE = 4;
// Some messages should arrive before the computation starts.
const SETTLES_MS = 500;
const PRIMES_BELOW = 400_000_000;
const WHAT = ["idle", "inline", "pool"];

/** @param {import("./experiment-runner.js").Context} context */
export async function run({ page, experiment, signal }) {
  const lanes = {};
  for (const what of WHAT) {
    const part = { ...experiment, name: `burn-${what}`, seconds: experiment.seconds / WHAT.length };
    const work = what === "idle" ? undefined : () => compute(page, what, signal);
    const result = await steady({ page, experiment: part, signal }, work);
    for (const [name, measured] of Object.entries(result.lanes))
      lanes[`${what}:${name}`] = measured;
  }
  return { lanes };
}

async function compute({ endpoints, store }, what, signal) {
  await pause(SETTLES_MS, signal);
  const ask = (base) =>
    fetch(`${base}/tasks?channel=burn-${store.page}&inline=${what === "inline"}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ primes_below: PRIMES_BELOW }),
      signal,
    });
  const answers = await Promise.all(
    Array.from({ length: AT_ONCE }, () => ask(endpoints.services.sse)),
  );
  const refused = answers.find(({ ok }) => !ok);
  if (refused)
    throw new Error((await refused.json().catch(() => ({}))).detail ?? `status ${refused.status}`);
}
