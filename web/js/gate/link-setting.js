// Applies the chosen link to the gate: once, and again after the gate was unavailable.

/**
 * @param {import("./gate.js").Gate} gate
 * @param {import("../page/store.js").Store} store
 * @returns {Promise<void>} when the link of the address was applied
 */
export function applyChosenLink(gate, store) {
  let asked;
  const ask = async () => {
    const { link } = store.settings;
    if (!link || link === asked) return;
    asked = link;
    await gate.setLink(link).catch(() => {
      // A later choice is applied by its own event.
      if (asked === link) asked = undefined;
    });
  };
  store.addEventListener("settings", ask);
  gate.addEventListener("change", ask);
  return ask();
}
