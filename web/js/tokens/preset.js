// The button that starts a stream of tokens. What is shown of one is loaded with the first.

import * as clock from "../shared/clock.js";
import { TOKENS, areTokens } from "../page/settings.js";
import { find } from "../ui/dom.js";

/** @typedef {{ start?: number }} Stream  when it was started, undefined while there is none */

/**
 * @param {HTMLElement} root of the lanes
 * @param {import("../page.js").Page} page
 */
export function tokensPreset(root, page) {
  const { store } = page;
  const button = find(root, '[data-action="tokens"]');
  /** @type {Stream} */
  const stream = {};
  /** @type {Promise<void> | undefined} */
  let view;
  const settle = () => {
    // A recording publishes nothing.
    button.disabled = Boolean(store.recorded);
    const isStream = !store.recorded && areTokens(store.settings);
    stream.start = isStream ? (stream.start ?? clock.now()) : undefined;
    if (isStream)
      view ??= import("./stream.js").then(({ streamView }) => streamView(root, page, stream));
  };
  button.addEventListener("click", () => {
    // Before the settings change: they send the first token at once.
    stream.start = clock.now();
    store.set(TOKENS);
    store.pause(false);
  });
  store.addEventListener("settings", settle);
  settle();
}
