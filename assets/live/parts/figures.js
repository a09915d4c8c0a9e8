// The list of figures, for the page and for pictures.

import { mflops } from "../model/numbers.js";
import { barsScene, flopsInWords, lengthsInWords } from "../scenes/bars.js";
import { thresholdsInWords, thresholdsScene } from "../scenes/thresholds.js";

export const FIGURES = [
  {
    id: "thresholds",
    title: "Thresholds",
    scene: thresholdsScene,
    words: thresholdsInWords,
    help:
      "A token whose score is below its layer's threshold is dropped there. Rings are the thresholds as " +
      "they are stored, diamonds as they are scaled now, on a logarithmic axis.",
    term: "threshold",
  },
  {
    id: "lengths",
    title: "Sequence length",
    words: lengthsInWords,
    scene: (view, frame, size, pointed) =>
      barsScene(
        size,
        pointed,
        "tokens left",
        frame.lengths,
        view.stage.learned.map(() => view.stage.tokens.length),
      ),
    help:
      "A filled bar is the number of tokens left after a layer has dropped some. The outline is the " +
      "whole text, which the unpruned model computes in every layer.",
    term: "sequence-length",
  },
  {
    id: "flops",
    title: "FLOPs per layer",
    words: flopsInWords,
    scene: (view, frame, size, pointed) =>
      barsScene(size, pointed, "MFLOPs", mflops(frame.layerMacs), mflops(view.stage.dense.layer_macs)),
    help:
      "A filled bar is what a layer computes now, its outline what it would compute without pruning. " +
      "Embeddings, softmax, norms and the head are left out.",
    term: "flops",
  },
];
