// The share button: the address, which has all settings in it.

import { copy } from "./copy.js";

/** @param {HTMLButtonElement} button */
export function shareButton(button) {
  button.addEventListener("click", () => copy(button, location.href, "See address"));
}
