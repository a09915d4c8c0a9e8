// The link: settings and look as parameters of the address, for reloads and for sharing.

// By name in links, old ones too.
const LINK_NAMES = new Map([
  ["rows", "rows"],
  ["grid", "rows"],
  ["text", "text"],
  ["flow", "flow"],
]);
const TEXT_FROM = 80; // tokens; longer texts are shown as text

// The reading that is shown: the chosen one, or else the one that suits the length.
export function shownReading({ stage, look }) {
  return look.reading ?? (stage.tokens.length > TEXT_FROM ? "text" : "rows");
}

// Parameter -> value; null or "" for a default, which the address leaves out.
export function linkParameters({ stage, settings, look }) {
  const isOne = (value) => value === 1;
  // Without the text, which is too long for the link, positions would refer to another text.
  const position = (value) => (stage.example_shown || stage.link.text !== null ? value : null);
  return {
    scale: settings.scale === stage.default_scale ? null : settings.scale,
    layers: settings.layer_scales.every(isOne) ? null : settings.layer_scales.join("_"),
    keep: position(settings.keep.join("_")),
    drop: position(settings.drop.join("_")),
    text: stage.example_shown ? null : stage.link.text,
    pair: stage.example_shown ? null : stage.link.pair,
    view: look.reading,
    step: look.step,
    token: position(look.token),
    specials: look.specials ? null : "0",
  };
}

// link: URLSearchParams
export function lookFromLink(link) {
  const whole = (key) => (/^\d{1,4}$/.test(link.get(key) ?? "") ? Number(link.get(key)) : null);
  const reading = LINK_NAMES.get(link.get("view")) ?? null;
  return { reading, step: whole("step"), token: whole("token"), specials: link.get("specials") !== "0" };
}
