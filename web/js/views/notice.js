// The words with which a lane explains itself where it stands. Pure: state in, sentence out.

/**
 * @param {import("../lane.js").Lane} lane
 * @returns {string} empty when there is nothing to explain
 */
export function noticeFor(lane, now = Date.now()) {
  if (lane.state === "retrying") return `${what(lane)} ${when(lane.trouble, now)}`;
  if (lane.state === "off") return lane.cursor ? "Disconnected. Connecting again continues after the last message." : "Disconnected.";
  if (lane.sequence.newLogs) return "The service began a new log, so ids count from one again. Nothing can be said about messages in between.";
  if (lane.resets) return "The service no longer held all that this lane had not seen.";
  return "";
}

function what({ base, trouble, requests, sequence }) {
  if (trouble?.status) return `${base} answered ${trouble.status}${trouble.detail ? `: ${trouble.detail}` : "."}`;
  if (trouble?.detail) return `The connection to ${base} ended (${trouble.detail}).`;
  const never = !sequence.position && requests > 0;
  return `Nothing answers at ${base}.${never ? " Is it running? `cargo lab` starts all three services." : ""}`;
}

function when(trouble, now) {
  if (!trouble?.retryAt) return "The browser tries again by itself.";
  const seconds = Math.ceil((trouble.retryAt - now) / 1000);
  return seconds > 0 ? `Trying again in ${seconds} s.` : "Trying again now.";
}
