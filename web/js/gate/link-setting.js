// The link that is chosen is asked of the gate: once, and again when a gate that did not take it is heard of.

/**
 * @param {import("./gate.js").Gate} gate
 * @param {import("../page/store.js").Store} store
 * @returns {Promise<void>} when the link of the address was asked for
 */
export function applyChosenLink(gate, store) {
  let asked;
  const ask = async () => {
    const { link } = store.settings;
    if (!link || link === asked) return;
    asked = link;
    await gate.setLink(link).catch(() => {
      // What was chosen meanwhile is asked for by itself.
      if (asked === link) asked = undefined;
    });
  };
  store.addEventListener("settings", ask);
  gate.addEventListener("change", ask);
  return ask();
}
