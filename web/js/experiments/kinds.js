// The function that runs each kind of experiment.

import { run as burn } from "./cpu-load.js";
import { run as noCursor } from "./no-cursor.js";
import { run as opening } from "./opening.js";
import { run as refused } from "./refused.js";
import { run as steady } from "./steady.js";
import { run as support } from "./browser-support.js";
import { run as upstream } from "./publishing.js";
import { run as workers } from "./workers.js";

/**
 * @type {Record<import("./list.js").Experiment["kind"], (context:
 *   import("./experiment-runner.js").Context) =>
 *   Promise<Partial<import("./experiment-runner.js").Result>>>}
 */
export const KINDS = {
  burn,
  "no-cursor": noCursor,
  opening,
  refused,
  steady,
  support,
  upstream,
  workers,
};
