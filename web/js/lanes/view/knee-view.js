// Describes in measured figures what happens on each side of the knee, with the buttons that cross
// it and lead on.

import * as clock from "../../clock.js";
import { lastInterruption } from "../interruptions.js";
import { kneeOf } from "../../page/rate-scale.js";
import { find, show } from "../../ui/dom.js";
import { milliseconds, NAMES } from "../../ui/format.js";

const INTERVAL_MS = 500;
// Far enough above the knee for a visible effect.
const ABOVE = 4;
const WITHOUT_LINK = 100;

/**
 * @param {HTMLElement} root
 * @param {import("../../page.js").Page} page
 */
export function kneeView(root, page) {
  const { store, knee, link } = page;
  const status = find(root, '[data-field="knee"]');
  const faster = find(root, '[data-action="faster"]');
  const low = { rate: store.settings.rate };
  const isHigh = () =>
    store.settings.rate > (kneeOf(link()) ?? 0) && store.settings.rate > low.rate;

  const breaking = find(root, '[data-action="break"]');

  faster.addEventListener("click", () => {
    store.set({ rate: isHigh() ? low.rate : fast(link(), low) });
    // The next step becomes the prominent button.
    faster.classList.remove("primary");
    breaking.classList.add("primary");
  });
  setInterval(() => {
    const now = clock.now();
    knee.choose(store.settings, link(), now);
    knee.interrupt(lastInterruption(page, now));
    const text = words(
      knee.read(
        store.lanes.filter(({ isLive }) => isLive),
        now,
      ),
      link(),
    );
    if (text && !store.paused) show(status, text);
    show(faster, isHigh() ? "Turn the rate down" : "Turn the rate up");
  }, INTERVAL_MS);

  function fast(link, low) {
    low.rate = store.settings.rate;
    return Math.min(200, Math.round(ABOVE * (kneeOf(link) ?? WITHOUT_LINK / ABOVE)));
  }
}

/**
 * @param {{ below?: import("../knee.js").Reading, above?: import("../knee.js").Reading }} readings
 */
function words({ below, above }, link) {
  const knee = kneeOf(link);
  const sentences = [below, above].flatMap((reading) => (reading ? [sentence(reading)] : []));
  if (!sentences.length) return "";
  const where = knee ? `This link fits ${round(knee)} round trips per second. ` : "";
  return `${where}${sentences.join(" ")}`;
}

/** @param {import("../knee.js").Reading} reading */
function sentence({ rate, lanes }) {
  return `At ${rate} messages/s: ${Object.entries(lanes)
    .map(([name, figures]) => clause(name, figures))
    .join(", ")}.`;
}

/** @param {string} name @param {import("../knee.js").Figures} figures */
function clause(name, { messages, requests, median }) {
  const polls = requests > 1 ? ` (${requests} requests for ${messages} messages)` : "";
  return `${NAMES[name]} ${milliseconds(median)}${polls}`;
}

const round = (value) => Number(value.toPrecision(2));
