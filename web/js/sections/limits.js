// Limits of the browser: connections that wait or fail, other tabs that share the same few, and the time in which nobody
// looked.

import { gaugesOf } from "../limits/gauges.js";
import { absenceView } from "../views/absence.js";
import { find, show } from "../views/dom.js";
import { gaugeView } from "../views/gauge.js";
import { tabsNote } from "../views/tabs.js";

/**
 * @param {HTMLElement} root
 * @param {import("../page.js").Page} page
 */
export function mount(root, { places, store }) {
  gaugeView(root, gaugesOf(places));
  if (places.tls) show(find(root, '[data-field="tls"]'), `Connections with TLS go to ${places.tls}. If it does not respond, open it once and accept its certificate.`);
  tabsNote(find(root, '[data-field="tabs"]'));
  absenceView(root, store);
}
