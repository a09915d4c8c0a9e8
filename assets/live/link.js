// The link: settings and look in the address bar, for reloads and for sharing.

const STARTING_LOOK = { reading: "grid", step: null, token: null, specials: true };

function writeLink({ offline, stage, settings, look }) {
  if (offline) return;
  const url = new URL(window.location.href);
  const isOne = (value) => value === 1;
  const put = (key, value) => {
    if (value === null || value === "") url.searchParams.delete(key);
    else url.searchParams.set(key, value);
  };
  // Without the text, which is too long for the link, positions would refer to another text.
  const position = (value) => (stage.example_shown || stage.link.text !== null ? value : null);
  put("scale", isOne(settings.scale) ? null : settings.scale);
  put("layers", settings.layer_scales.every(isOne) ? null : settings.layer_scales.join("_"));
  put("keep", position(settings.keep.join("_")));
  put("drop", position(settings.drop.join("_")));
  put("text", stage.example_shown ? null : stage.link.text);
  put("pair", stage.example_shown ? null : stage.link.pair);
  put("view", look.reading === STARTING_LOOK.reading ? null : look.reading);
  put("step", look.step);
  put("token", position(look.token));
  put("specials", look.specials ? null : "0");
  if (url.href !== window.location.href) window.history.replaceState(window.history.state, "", url);
}

function lookFromLink() {
  const link = new URL(window.location.href).searchParams;
  const whole = (key) => (/^\d{1,4}$/.test(link.get(key) ?? "") ? Number(link.get(key)) : null);
  const view = link.get("view");
  const reading = ["grid", "text", "flow"].includes(view) ? view : STARTING_LOOK.reading;
  return { reading, step: whole("step"), token: whole("token"), specials: link.get("specials") !== "0" };
}
