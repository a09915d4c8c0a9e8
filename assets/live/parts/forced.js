// Forced tokens, as chips.

import { add, addButton } from "../dom/nodes.js";
import { shortened } from "../model/tokens.js";

export function buildForced(line, view) {
  const box = add(line, "div", "ltp-forced");
  box.setAttribute("role", "group");
  box.setAttribute("aria-label", "Forced tokens");
  box.tabIndex = -1; // receives the focus of a button that disappears
  let shown = null;
  return {
    refresh: () => {
      const { keep, drop } = view.settings;
      const now = `${keep}|${drop}`;
      if (now === shown) return;
      shown = now;
      box.replaceChildren();
      if (!keep.length && !drop.length) return;
      if (!view.offline) addButton(box, "ltp-clear", "clear", () => change({ keep: [], drop: [] }));
      const chips = add(box, "span", "ltp-chips");
      if (view.offline) chips.tabIndex = 0; // without buttons the keyboard could not scroll it
      for (const position of keep) addChip(chips, position, "kept");
      for (const position of drop) addChip(chips, position, "dropped");
    },
  };

  function change(forced) {
    view.commit(forced);
    box.focus();
  }

  function addChip(chips, position, state) {
    const chip = add(chips, "span", `ltp-chip ltp-chip-${state}`);
    const name = shortened(view.stage.tokens[position]);
    chip.title = `Token ${position}, forced to be ${state}`;
    add(chip, "b", "", name).dir = "auto";
    add(chip, "span", "", ` (${state})`);
    if (view.offline) return;
    const without = (positions) => positions.filter((other) => other !== position);
    addButton(chip, "ltp-chip-remove", "×", () =>
      change({ keep: without(view.settings.keep), drop: without(view.settings.drop) }),
    ).setAttribute("aria-label", `Stop forcing ${name} (${state})`);
  }
}
