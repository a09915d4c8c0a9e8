// The flow as a scene: the course of every token through the layers.

import { markedName, shownTokens } from "../model/tokens.js";
import { fitted } from "./measure.js";
import { disc, HIDDEN_TEXT, PAINT } from "./shapes.js";

const NAMED_PITCH = 10.5; // pixels from strand to strand from which every strand shows its name
const INKED = 8; // strands at most that stand out because they last longest
const FLOW_HEADER = 46; // the names of the layers and the tokens left

const FLOW_GAP = 30; // between the two texts of a pair, at every layer

// room: the height to fill, if there is one; strands move closer together to fit.
export function flowPlaces(view, frame, { width, family, room = Infinity }) {
  const { stage } = view,
    shown = shownTokens(view),
    layers = stage.num_layers;
  const pair = stage.segments.length > 1;
  const gap = pair ? FLOW_GAP : 0;
  const free = Math.min(room, 650) - FLOW_HEADER - 2 * gap - 8;
  const pitch = Math.max(1, Math.min(20, free / shown.length)); // pixels from strand to strand
  const named = pitch >= NAMED_PITCH;
  const height = FLOW_HEADER + gap + shown.length * pitch + gap + 8;
  const first = Math.min(named ? 110 : 90, width * 0.26),
    last = Math.min(named ? 100 : 70, width * 0.2);
  const turn = Math.min(64, (0.34 * (width - first - last)) / layers);
  const flat = layers > 1 ? (width - first - last - layers * turn) / (layers - 1) : 0;
  const starts = [0],
    ends = [first]; // of the straight part after layer l; 0 is the whole text
  for (let layer = 1; layer <= layers; layer += 1) {
    starts.push(ends[layer - 1] + turn);
    ends.push(layer === layers ? width : starts[layer] + flat);
  }
  const split = pair ? stage.segments[1].first : stage.tokens.length;
  const spacing = { pitch, gap, split, height };
  const heights = starts.map((_, level) => levelHeights(shown, frame.depths, level, spacing));
  return { width, height, pitch, named, pair, split, shown, starts, ends, turn, heights, family };
}

// The y of every strand that is kept after `level` layers, closed up around the middle.
function levelHeights(shown, depths, level, { pitch, gap, split, height }) {
  const heights = new Float32Array(depths.length).fill(NaN);
  const alive = shown.filter((position) => depths[position] >= level);
  const middle = (FLOW_HEADER + gap + height - 8) / 2;
  let y = middle - (alive.length * pitch + gap) / 2 + pitch / 2;
  for (const position of alive) {
    heights[position] = y + (position >= split ? gap : 0);
    y += pitch;
  }
  return heights;
}

// [position, level] of the strand nearest to a point.
export function nearestStrand(places, x, y) {
  const level = Math.max(
    0,
    places.starts.findLastIndex((start) => x >= start),
  );
  const turned = Math.max(0, Math.min(1, (x - places.ends[level]) / places.turn));
  let best = null,
    least = Infinity;
  for (const position of places.shown) {
    const from = places.heights[level][position];
    if (Number.isNaN(from)) continue;
    const to = places.heights[level + 1]?.[position];
    const at = Number.isNaN(to ?? NaN) ? from : from + (to - from) * turned;
    if (Math.abs(at - y) < least) [best, least] = [position, Math.abs(at - y)];
  }
  return [best, level];
}

export function flowScene(view, frame, places, pointed) {
  const { stage, look } = view,
    { pitch } = places;
  const reached = look.step ?? stage.num_layers; // the player has not reached what comes later
  const inked = longestLived(places, frame, reached);
  const strands = { inked: "", others: "" };
  let rings = "";
  for (const position of places.shown) {
    const depth = Math.min(frame.depths[position], reached),
      kind = inked.has(position) ? "inked" : "others";
    strands[kind] += strandPath(places, position, 0, depth);
    if (depth >= reached) continue;
    strands[kind] += fallPath(places, position, depth);
    rings += ringPath(places, position, depth);
  }
  const strand = { fill: "none", stroke: PAINT.accent, "stroke-width": pitch < 2.5 ? pitch : pitch * 0.78 };
  const ring = { fill: PAINT.ground, stroke: PAINT.ink, "stroke-width": pitch < 4 ? 0.7 : 1.4 };
  const paths = [
    { ...strand, d: strands.others, "stroke-opacity": 0.22 },
    {
      ...strand,
      d: strands.inked,
      "stroke-width": Math.max(strand["stroke-width"], 1.6),
      "stroke-opacity": places.named ? 0.55 : 0.9,
    },
    ...[pointed, look.token].flatMap((position) => framedStrand(places, frame, position, reached)),
    { ...ring, d: rings },
    { d: look.step === null ? "" : stepMark(places, look.step), stroke: PAINT.accent, "stroke-width": 3 },
  ];
  const names = places.named
    ? nameTexts(view, frame, places, reached)
    : inkedNames(view, frame, places, reached, inked);
  return {
    width: places.width,
    height: places.height,
    family: places.family,
    paths,
    texts: [...headerTexts(view, frame, places), ...segmentTexts(view, frame, places), ...names],
  };
}

// The tokens that last longest, not more than a few, unless more last to the end.
function longestLived({ shown }, { depths }, reached) {
  const depth = (position) => Math.min(depths[position], reached);
  const sorted = shown.map(depth).sort((a, b) => b - a);
  const least = Math.min(reached, (sorted[INKED] ?? 0) + 1);
  return new Set(shown.filter((position) => depth(position) >= least));
}

// Where strands are too close for all names: of the longest ones, where they end, if they do not overlap.
function inkedNames(view, frame, places, reached, inked) {
  const taken = [];
  return places.shown.map((position) => {
    if (!inked.has(position)) return HIDDEN_TEXT;
    const level = Math.min(frame.depths[position], reached),
      y = places.heights[level][position] + 4;
    if (taken.some((other) => other.level === level && Math.abs(other.y - y) < 13)) return HIDDEN_TEXT;
    taken.push({ level, y });
    const { starts, ends, family } = places,
      room = ends[level] - starts[level] - 6;
    const text = room < 34 ? "" : fitted(markedName(view, position), room, { size: 12, family });
    return {
      x: starts[level] + 4,
      y,
      text,
      "font-size": 12,
      "font-weight": 600,
      fill: PAINT.ink,
      stroke: PAINT.ground,
      "stroke-width": 3,
      "paint-order": "stroke",
    };
  });
}

function strandPath({ starts, ends, heights }, position, from, to) {
  const round = (value) => Math.round(value * 10) / 10;
  let y = round(heights[from][position]);
  let path = `M${round(starts[from])} ${y}H${round(ends[from])}`;
  for (let level = from + 1; level <= to; level += 1) {
    const x0 = ends[level - 1],
      x1 = starts[level],
      middle = round((x0 + x1) / 2);
    const next = round(heights[level][position]);
    path += `C${middle} ${y} ${middle} ${next} ${round(x1)} ${next}H${round(ends[level])}`;
    y = next;
  }
  return path;
}

// If strands are closer than the width of their rings, the rings end at different positions.
function fallLength({ turn, pitch }, position) {
  return pitch < 9 ? turn * (0.1 + 0.5 * ((position * 0.618) % 1)) : turn * 0.3;
}

function fallPath(places, position, depth) {
  const y = places.heights[depth][position].toFixed(1);
  return `M${places.ends[depth].toFixed(1)} ${y}h${fallLength(places, position).toFixed(1)}`;
}

function ringPath(places, position, depth) {
  const radius = Math.max(1.3, Math.min(4.5, places.pitch * 0.36));
  const x = places.ends[depth] + fallLength(places, position),
    y = places.heights[depth][position];
  return disc(radius)(Number((x + radius).toFixed(1)), Number(y.toFixed(1)));
}

// The selected strand and the one under the pointer also have a frame, so that colour is not the only mark.
function framedStrand(places, frame, position, reached) {
  const isShown = position !== null && !Number.isNaN(places.heights[0][position]);
  const depth = isShown ? Math.min(frame.depths[position], reached) : 0;
  const d = !isShown
    ? ""
    : strandPath(places, position, 0, depth) + (depth < reached ? fallPath(places, position, depth) : "");
  const width = Math.max(places.pitch * 0.76, 2.5),
    strand = { d, fill: "none" };
  return [
    { ...strand, stroke: PAINT.ink, "stroke-width": width + 3.5 },
    { ...strand, stroke: PAINT.ground, "stroke-width": width },
    { ...strand, stroke: PAINT.accent, "stroke-width": width, "stroke-opacity": places.named ? 0.45 : 1 },
  ];
}

function stepMark(places, step) {
  const half = Math.min(26, (places.ends[1] - places.starts[1] + places.turn) / 2 - 3);
  return `M${columnMiddle(places, step) - half} 44h${2 * half}`;
}

function columnMiddle({ starts, ends }, level) {
  return (starts[level] + ends[level]) / 2;
}

function headerTexts(view, frame, places) {
  const { starts, ends, turn } = places,
    last = starts.length - 1,
    { step } = view.look;
  const column = ends[1] - starts[1] + turn,
    isNarrow = column < 54; // then only numbers, if they fit
  const every = Math.ceil(30 / column);
  return starts.flatMap((_, level) => {
    if (level % every && level !== last) return [HIDDEN_TEXT, HIDDEN_TEXT];
    const left = level === 0 ? view.stage.tokens.length : frame.lengths[level - 1];
    const name = level === 0 ? "text" : isNarrow ? `${level}` : `layer ${level}`;
    const isLater = step !== null && level > step,
      isFirst = level === 0;
    const count = isLater ? "" : isFirst ? `${left} tokens` : isNarrow ? `${left}` : `${left} left`;
    const opacity = isLater ? 0.78 : 1;
    const both = { x: columnMiddle(places, level), "text-anchor": "middle", fill: PAINT.ink };
    return [
      { ...both, y: 14, text: name, "font-size": 12, "fill-opacity": Math.min(0.78, opacity) },
      { ...both, y: 34, text: count, "font-size": 15, "font-weight": 600, "fill-opacity": opacity },
    ];
  });
}

function segmentTexts(view, frame, places) {
  if (!places.pair) return [];
  return view.stage.segments.map((segment) => {
    const first = places.shown.find((position) => position >= segment.first);
    const y = (places.heights[0][first] ?? NaN) - places.pitch / 2 - 7;
    return {
      x: 0,
      y: Number.isNaN(y) ? 60 : y,
      text: segment.title,
      "font-size": 12,
      "font-weight": 600,
      fill: PAINT.ink,
    };
  });
}

// One node per token and layer, so that each frame updates only what moved.
function nameTexts(view, frame, places, reached) {
  const { starts, ends, heights, shown, pitch, family } = places;
  const last = starts.length - 1,
    size = Math.min(13, pitch * 0.74);
  return starts.flatMap((start, level) => {
    const room = ends[level] - start - 8;
    return shown.map((position) => {
      if (frame.depths[position] < level || level > reached || (level > 0 && room < 34)) return HIDDEN_TEXT;
      const text = fitted(markedName(view, position), room, { size, family });
      const y = heights[level][position] + size * 0.35; // the letters' middle on the strand's
      return {
        x: start + 5,
        y,
        text,
        "font-size": size,
        fill: PAINT.ink,
        "font-weight": position === view.look.token || level === last ? 600 : 400,
      };
    });
  });
}
