// Applies the chosen link to the gate: once, and again after the gate was unavailable.

/**
 * @param {import("./gate.js").Gate} gate
 * @param {import("../page/store.js").Store} store
 * @returns {Promise<void>} when the link of the address was applied
 */
export function applyChosenLink(gate, store) {
  let requested;
  const apply = async () => {
    const { link } = store.settings;
    if (!link || link === requested) return;
    requested = link;
    await gate.setLink(link).catch(() => {
      // A later choice is applied by its own event.
      if (requested === link) requested = undefined;
    });
  };
  store.addEventListener("settings", apply);
  gate.addEventListener("change", apply);
  return apply();
}
