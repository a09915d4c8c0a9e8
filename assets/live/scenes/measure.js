// The width of a text in a font, { size, family, weight }. Without a document, as in Node, it is an estimate.

const ESTIMATED_CHARACTER = 0.55; // of the font's size
const measures = new Map(); // font and text -> width; emptied before it grows without limit
let ruler = null;

export function textWidth(text, { size, family, weight = 400 }) {
  if (typeof document === "undefined") return [...text].length * size * ESTIMATED_CHARACTER;
  ruler ??= document.createElement("canvas").getContext("2d");
  const key = `${size}|${weight}|${family}|${text}`;
  if (!measures.has(key)) {
    if (measures.size > 20000) measures.clear();
    ruler.font = `${weight} ${size}px ${family}`;
    measures.set(key, ruler.measureText(text).width);
  }
  return measures.get(key);
}

// The text, or as much of it as fits.
export function fitted(text, room, font) {
  if (textWidth(text, font) <= room) return text;
  const characters = [...text];
  let low = 0,
    high = characters.length;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (textWidth(`${characters.slice(0, middle).join("")}…`, font) <= room) low = middle;
    else high = middle - 1;
  }
  return `${characters.slice(0, low).join("")}…`;
}
