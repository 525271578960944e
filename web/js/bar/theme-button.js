// The theme button: auto, light, dark. CSS applies it by `color-scheme`; early-theme.js restores
// it.

import { storeChoice } from "../ui/stored-choice.js";

const THEMES = ["auto", "light", "dark"];

/** @param {HTMLButtonElement} button */
export function themeButton(button) {
  const root = document.documentElement;
  const show = () => {
    button.textContent = root.dataset.theme ?? "auto";
    button.setAttribute("aria-label", `Theme: ${button.textContent}`);
  };
  button.addEventListener("click", () => {
    root.dataset.theme = THEMES[(THEMES.indexOf(root.dataset.theme ?? "auto") + 1) % THEMES.length];
    storeChoice("theme", root.dataset.theme);
    show();
  });
  show();
}
