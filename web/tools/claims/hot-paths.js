// The code that published figures depend on, and whether it has changed since they were measured. A
// crate on the path of a message that moves is changed in this list too.

import { execFileSync } from "node:child_process";

const ROOT = new URL("../../../", import.meta.url);

/** What a message passes from its publication to a subscriber's socket. */
export const HOT_PATHS = [
  "common/src/channel_set",
  "common/src/channels",
  "common/src/history",
  "common/src/hub",
  "common/src/message",
  "common/src/shard",
  "common/src/subscriber",
  "common/src/transport",
  "common/net/src",
  "common/broker/src/memory",
  "longpoll-svc/src",
  "sse-svc/src",
  "ws-svc/src",
];

/**
 * Whether the code of the hot paths is other than at this commit. A file that only moved is not.
 * @param {string} commit
 * @returns {boolean | undefined} undefined if the checkout does not have that commit
 */
export function haveChangedSince(commit) {
  try {
    const args = ["diff", "--name-status", "--find-renames", commit, "HEAD"];
    const changes = execFileSync("git", args, {
      cwd: ROOT,
      encoding: "utf8",
      maxBuffer: 2 ** 26,
      stdio: ["ignore", "pipe", "ignore"],
    });
    return isChange(changes);
  } catch {
    return undefined;
  }
}

/**
 * Whether this list of changed files has one of the hot paths, before or after a move.
 * @param {string} changes  of `git diff --name-status`
 */
export const isChange = (changes) =>
  changes
    .split("\n")
    .map((line) => line.split("\t"))
    .filter(([status]) => status && status !== "R100")
    .some(([, ...files]) => files.some(isHot));

/** @param {string} file */
const isHot = (file) => HOT_PATHS.some((path) => file.startsWith(`${path}/`));

/**
 * The sentence that a document needs below figures of older code.
 * @param {string} commit
 * @param {boolean} changed
 */
export const warningOf = (commit, changed) =>
  changed
    ? "\nThe code on the path of a message has changed since that commit: " +
      `\`git log --oneline ${commit}.. -- ${HOT_PATHS.join(" ")}\` lists how.\n`
    : "";

/** The same, beside tables of which there are many. */
export const REMARK = "The code on the path of a message has changed since.\n";
