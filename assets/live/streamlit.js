// The entry of the Streamlit component. Its style sheet is loaded here, once for all mounts and before anything is
// drawn, since sizes are measured.

import { mountView } from "./index.js";

await new Promise((done) => {
  const link = document.createElement("link");
  Object.assign(link, {
    rel: "stylesheet",
    href: new URL("live.css", import.meta.url).href,
    onload: done,
    onerror: done,
  });
  document.head.append(link);
});

export default mountView;
