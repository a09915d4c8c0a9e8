// Forcing a token: keep it, drop it, or let the model decide; and the effect on the answer.

import { add, addButton, setAttribute, setText } from "../dom/nodes.js";
import { forcedTo } from "../model/tokens.js";
import { effectWords } from "../model/wording.js";

export function buildForce(host, view) {
  const group = add(host, "div", "ltp-inspector-force");
  group.setAttribute("role", "group");
  setAttribute(group, "aria-label", "Force this token");
  const choices = [
    ["keep", "▲ Force keep"],
    ["drop", "▼ Force drop"],
    ["", "Let the model decide"],
  ];
  const buttons = choices.map(([kind, words]) => addButton(group, "ltp-button", words, () => choose(kind)));
  const effect = add(host, "p", "ltp-inspector-effect");
  effect.setAttribute("role", "status");
  let request = null; // { position, number, outcome before, words }

  function choose(kind) {
    const position = view.look.token,
      changed = {};
    for (const list of ["keep", "drop"]) {
      const others = view.settings[list].filter((other) => other !== position);
      changed[list] = list === kind ? [...others, position].sort((a, b) => a - b) : others;
    }
    if (forcedTo(view, position) === kind) return;
    const words = { keep: "Keeping it", drop: "Dropping it" }[kind] ?? "Letting the model decide";
    request = { position, number: view.number + 1, before: view.frame.outcome, words };
    view.commit(changed);
  }

  function draw(position) {
    const reason = view.offline
      ? "Forcing needs the running app."
      : view.stage.protected.includes(position)
        ? "The answer is read from this token, so it is always kept."
        : "";
    buttons.forEach((button, i) => {
      button.disabled = Boolean(reason);
      button.setAttribute("aria-pressed", String(forcedTo(view, position) === choices[i][0]));
    });
    const isOurs = request?.position === position && request.number === view.settings.number;
    const outcome = isOurs ? (request.after ? effectWords(request, view.stage) : "Running the model …") : "";
    setText(effect, reason || outcome);
  }
  draw.arrived = (event) => {
    if (event === "answer" && request?.number === view.settings.number) request.after = view.frame.outcome;
  };
  return draw;
}
