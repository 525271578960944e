// The button that stops all movement; outside of controls, the space bar does the same.

/**
 * @param {HTMLButtonElement} button
 * @param {import("../page/store.js").Store} store
 */
export function pauseButton(button, store) {
  const toggle = () => store.pause(!store.paused);
  button.addEventListener("click", toggle);
  document.addEventListener("keydown", (event) => {
    const inControl = /** @type {Element} */ (event.target).closest(
      "a, button, input, select, summary",
    );
    if (event.key !== " " || event.repeat || inControl) return;
    event.preventDefault();
    toggle();
  });
  store.addEventListener("settings", () => {
    button.textContent = store.paused ? "Resume" : "Pause";
    document.documentElement.classList.toggle("paused", store.paused);
  });
}
