// The share button: the address, which has all settings in it.

import { copyText } from "../ui/copy.js";

/** @param {HTMLButtonElement} button */
export function shareButton(button) {
  button.addEventListener("click", () => copyText(button, location.href, "See address"));
}
