// Copies text.

import { add } from "./nodes.js";

// Browsers give pages the clipboard over https and on localhost only; elsewhere the content of a selected
// field is copied.
export async function copyText(text, host) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const before = /** @type {HTMLElement | null} */ (document.activeElement);
    const field = add(host, "textarea", "ltp-unseen", text);
    field.select();
    const copied = document.execCommand("copy");
    field.remove();
    before?.focus();
    return copied;
  }
}
