// The section "Limits of the browser": connections that wait or fail, other tabs that share them,
// and the time in which the tab was hidden.

import { connectionTests } from "./connection-tests.js";
import { absenceView } from "./hidden-tab-view.js";
import { find, show } from "../ui/dom.js";
import { connectionTestView } from "./connection-test-view.js";
import { tabsNote } from "./tabs-note.js";

/**
 * @param {HTMLElement} root
 * @param {import("../page.js").Page} page
 */
export function mount(root, { endpoints, store }) {
  connectionTestView(root, connectionTests(endpoints));
  if (endpoints.tls)
    show(
      find(root, '[data-field="tls"]'),
      `Connections with TLS go to ${endpoints.tls}. If it does not respond, open it once and ` +
        `accept its certificate.`,
    );
  tabsNote(find(root, '[data-field="tabs"]'));
  absenceView(root, store);
}
