// The address bar.

import { linkParameters, lookFromLink } from "../model/link.js";

export function writeLink({ offline, state }) {
  if (offline) return;
  const url = new URL(window.location.href);
  for (const [key, value] of Object.entries(linkParameters(state))) {
    if (value === null || value === "") url.searchParams.delete(key);
    else url.searchParams.set(key, value);
  }
  if (url.href !== window.location.href) window.history.replaceState(window.history.state, "", url);
}

export function readLook() {
  return lookFromLink(new URL(window.location.href).searchParams);
}
