// The token inspector: why one token is kept or dropped, at which strength, which tokens attend to it, and
// the effect of forcing it.

import { add, addButton, setAttribute, setText } from "../dom/nodes.js";
import { turnsOf } from "../model/changes.js";
import { strengthText } from "../model/numbers.js";
import { markedName, neighbour, originOf } from "../model/tokens.js";
import { fateSentence } from "../model/wording.js";
import { buildForce } from "./forcing.js";
import { buildReaders } from "./readers.js";
import { buildScoreChart } from "./score.js";

const SHOWN_TURNS = 5; // scales at which a token is dropped or kept again

export function buildInspector(host, view) {
  const body = add(host, "div", "ltp-inspector-body");
  const go = (step) => view.show({ token: neighbour(view, view.look.token, step) });
  const head = add(body, "header", "ltp-inspector-head");
  const before = addButton(head, "ltp-button", "‹", () => go(-1));
  setAttribute(before, "aria-label", "Previous token");
  const name = add(head, "h3", "ltp-inspector-name");
  const after = addButton(head, "ltp-button", "›", () => go(1));
  setAttribute(after, "aria-label", "Next token");
  const close = addButton(head, "ltp-button", "×", () => view.show({ token: null }));
  setAttribute(close, "aria-label", "Close the inspector");

  const story = add(body, "div", "ltp-inspector-part");
  const origin = add(story, "p", "ltp-detail ltp-inspector-origin");
  const fate = add(story, "p", "ltp-inspector-fate");
  const turns = buildTurns(story, view);
  const force = buildForce(story, view);
  const chart = buildScoreChart(add(body, "div", "ltp-inspector-part"), view);
  const readers = buildReaders(add(body, "div", "ltp-inspector-part"), view);

  function draw() {
    const { token } = view.look,
      isChosen = token !== null;
    host.hidden = !isChosen;
    if (!isChosen) return;
    setText(name, markedName(view, token));
    setText(origin, originOf(view.stage, token));
    setText(fate, fateSentence(view, token));
    for (const part of [turns, force, chart, readers]) part(token);
  }
  return {
    frame: draw,
    look: draw,
    arrived: (event) => {
      force.arrived(event);
      draw();
    },
  };
}

function buildTurns(host, view) {
  const line = add(host, "p", "ltp-inspector-turns ltp-detail");
  let shown = null;
  return (position) => {
    const sweep = view.liveSweep;
    if (shown && shown.sweep === sweep && shown.position === position) return;
    shown = { sweep, position };
    line.replaceChildren(...turnsInWords(view, sweep, position));
  };
}

// Words, with buttons that select the scales they name.
function turnsInWords(view, sweep, position) {
  if (!sweep) return ["Computing every strength …"];
  const turns = turnsOf(sweep, position, view.stage.num_layers),
    most = sweep.scales[sweep.scales.length - 1];
  if (!turns.length) return [`Kept at every strength up to ${strengthText(most)}.`];
  if (turns[0].scale === 0) return ["Dropped at every strength."];
  const rest = turns.length - SHOWN_TURNS,
    end = rest > 0 ? `, and ${rest} more changes.` : ".";
  const words = turns.slice(0, SHOWN_TURNS).flatMap(({ scale, isKept }, i, shown) => {
    const verb = isKept ? " kept again from " : i ? " dropped again from " : "Dropped from strength ";
    const isLast = i === shown.length - 1,
      on = i ? "" : " on";
    return [verb, scaleLink(view, scale, on + (isLast ? end : ","))];
  });
  const why = " It is kept again where other tokens are dropped sooner and leave it more attention.";
  return turns.length > 1 ? [...words, why] : words;
}

// Keeps the following text on the link's line.
function scaleLink(view, scale, mark) {
  const whole = document.createElement("span"),
    button = add(whole, "button");
  whole.style.whiteSpace = "nowrap";
  whole.append(mark);
  Object.assign(button, {
    type: "button",
    className: "ltp-link",
    textContent: strengthText(scale),
    title: "Go to this strength",
    onclick: () => view.commit({ scale }),
  });
  return whole;
}
