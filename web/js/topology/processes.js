// The section "Threads and processes": starts a separate service as threads or processes, kills
// one, burns CPU, and shows its subscribers.

import * as clock from "../shared/clock.js";
import { Dots, drawTable } from "./dots.js";
import { Topology } from "./topology.js";
import { find, show } from "../ui/dom.js";
import { seconds } from "../ui/format.js";

/**
 * @typedef {import("./subscriber-group.js").SubscriberGroup} SubscriberGroup
 * @typedef {(text: string) => void} SetStatus
 */

/** The most that the page's server starts. */
const MOST = 8;

/**
 * @param {HTMLElement} root
 * @param {import("../page.js").Page} page
 * @param {string} url  of the service that the page may start
 */
export function mount(root, { store, runner }, url) {
  const topology = new Topology({ url, channel: `topology-${store.page}` });
  const form = find(root, "form");
  /** @type {SetStatus} */
  const setStatus = (text) => show(find(root, '[data-field="said"]'), text);
  const act = acts(topology, setStatus);
  const dots = new Dots(find(root, '[data-field="processes"]'), act.kill);
  // While the visitor types, the field may have any number.
  const asked = () => Math.min(MOST, Math.max(1, Math.trunc(form.workers.valueAsNumber) || 1));
  const chosen = () => new Array(form.layout.value === "threads" ? 1 : asked()).fill(undefined);
  form.addEventListener("submit", (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    act.start(form.layout.value, form.workers.valueAsNumber);
  });
  find(root, '[data-action="stop"]').addEventListener("click", act.stop);
  const computing = /** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll("[data-inline]"));
  for (const button of computing)
    button.addEventListener("click", () => act.burn(button.dataset.inline === "true"));

  const draw = () => {
    const { group, slots } = topology;
    const now = clock.now();
    for (const button of root.querySelectorAll(".acts button"))
      button.toggleAttribute("disabled", !group || Boolean(runner.running));
    find(form, '[type="submit"]').disabled = Boolean(runner.running);
    dots.draw(group ? slots : chosen(), group?.subscribers ?? [], now);
    if (!group) return;
    drawTable(find(root, "tbody"), topology, now);
    figures(root, group);
  };
  form.addEventListener("change", draw);
  topology.addEventListener("change", draw);
  runner.addEventListener("change", draw);
  topology.addEventListener("change", announceChanges(topology, setStatus));
  topology.refresh().then(
    () => topology.state?.no_processes && setStatus(topology.state.no_processes),
    ({ message }) => setStatus(message),
  );
  draw();
}

/** @param {Topology} topology @param {SetStatus} setStatus */
function acts(topology, setStatus) {
  const attempt = (/** @type {Promise<void>} */ doing) =>
    doing.catch(({ message }) => setStatus(message));
  return {
    /** @param {import("./topology.js").Layout} layout @param {number} workers */
    start: (layout, workers) => attempt(topology.start(layout, workers)),
    stop: () => attempt(topology.stop()),
    kill: (/** @type {number} */ pid) => {
      if (!pid) return;
      setStatus(`Process ${pid} is killed, as if it had crashed.`);
      attempt(topology.kill(pid));
    },
    burn: (/** @type {boolean} */ inline) => {
      setStatus(
        inline
          ? "Counting primes on one event loop: its subscribers wait."
          : "Counting primes on a pool thread, beside the event loops.",
      );
      topology.burn(inline).then(
        (took) => took !== undefined && topology.group && setStatus(burnt(took, topology.group)),
        // A killed process does not respond to the task.
        ({ name, message }) => ["TypeError", "AbortError"].includes(name) || setStatus(message),
      );
    },
  };
}

/**
 * Announces each change once, when it is complete, and never single dots.
 * @param {Topology} topology
 * @param {SetStatus} setStatus
 */
function announceChanges(topology, setStatus) {
  /** @type {string | undefined} */
  let announced;
  return () => {
    const { phase, text } = phaseOf(topology);
    if (phase && announced !== undefined && phase !== announced) setStatus(text);
    announced = phase;
  };
}

const DEAD = "The only process is gone, with all its threads. It is not replaced: start it again.";

/** @param {Topology} topology @returns {{ phase: string, text: string }} empty between phases */
function phaseOf({ group, state }) {
  if (!state?.running) return { phase: "ended", text: "The service has stopped." };
  if (group && !state.running.pids.length) return { phase: "dead", text: DEAD };
  if (group?.back !== undefined) return { phase: "back", text: summary(group) };
  if (!group?.publishes || group.ledger.accepted) return { phase: "", text: "" };
  return { phase: "connected", text: `${group.subscribers.length} subscribers are connected.` };
}

/** @param {number} took milliseconds @param {SubscriberGroup} group */
function burnt(took, group) {
  const done = `Counted in ${seconds(took)}; the longest silence was ${seconds(group.silence)}.`;
  return group.back === undefined ? done : `${done} ${summary(group)}`;
}

/** @param {SubscriberGroup} group */
function summary({ back, ledger, subscribers }) {
  const lost = ledger.resets
    ? `${ledger.resets} resets: the history of these subscribers is gone.`
    : `${ledger.missing} messages missing.`;
  return (
    `All ${subscribers.length} subscribers were up to date again after ${seconds(back)}. ` +
    `${lost}`
  );
}

/** @param {HTMLElement} root @param {SubscriberGroup} group */
function figures(root, { ledger, silence, back }) {
  const values = {
    accepted: ledger.accepted,
    complete: ledger.complete,
    missing: ledger.missing,
    duplicates: ledger.duplicates,
    resets: ledger.resets,
    silence: seconds(silence),
    back: seconds(back),
  };
  for (const [name, value] of Object.entries(values))
    show(find(root, `[data-field="${name}"]`), String(value));
}
