// Sliders.

// A change is committed when the pointer or key is released: a held arrow key is one change, not thirty.
export function onSettled(range, act) {
  let pressedKey = false,
    moved = false;
  const settle = () => {
    pressedKey = moved = false;
    act();
  };
  range.addEventListener("input", () => {
    moved = true;
  });
  range.onkeydown = () => {
    pressedKey = true;
  };
  range.onchange = () => {
    if (!pressedKey) settle();
  };
  range.onkeyup = range.onblur = () => {
    if (moved) settle();
    pressedKey = false;
  };
}
