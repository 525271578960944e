// The share button copies the address, which contains all settings.

import { copyText } from "../ui/copy.js";

/** @param {HTMLButtonElement} button */
export function shareButton(button) {
  button.addEventListener("click", () => copyText(button, location.href, "See address"));
}
