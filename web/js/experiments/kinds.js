// What runs each kind of experiment.

import { run as burn } from "./burn.js";
import { run as noCursor } from "./no-cursor.js";
import { run as opening } from "./opening.js";
import { run as refused } from "./refused.js";
import { run as steady } from "./steady.js";
import { run as support } from "./support.js";
import { run as upstream } from "./upstream.js";
import { run as workers } from "./workers.js";

/** @type {Record<import("./list.js").Experiment["kind"], (context: import("./laboratory.js").Context) => Promise<Partial<import("./laboratory.js").Result>>>} */
export const KINDS = { burn, "no-cursor": noCursor, opening, refused, steady, support, upstream, workers };
