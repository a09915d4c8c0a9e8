"""Scores of a model's answers, as GLUE defines them."""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import pearsonr, spearmanr
from sklearn.metrics import accuracy_score, f1_score, matthews_corrcoef, mean_squared_error


def task_metrics(labels: ArrayLike, outputs: NDArray[np.floating]) -> dict[str, float]:
    """All scores of N answers from logits or probabilities (N, C); one column means a regression.

    Classes: accuracy, F1 (of class 1 where there are two, else the mean over classes) and Matthews
    correlation. Numbers: Pearson and Spearman correlation and mean squared error. A correlation of answers
    that are all alike is not defined and given as 0.
    """
    truth = np.asarray(labels)
    if outputs.shape[1] == 1:
        predicted = outputs[:, 0].astype(float)
        varies = len(truth) > 1 and np.ptp(predicted) > 0 and np.ptp(truth) > 0
        return {
            "pearson": float(pearsonr(truth, predicted).statistic) if varies else 0.0,
            "spearman": float(spearmanr(truth, predicted).statistic) if varies else 0.0,
            "mse": float(mean_squared_error(truth, predicted)),
        }
    predicted = outputs.argmax(1)
    average = "binary" if outputs.shape[1] == 2 else "macro"
    is_one_class = len(np.union1d(truth, predicted)) == 1  # of which scikit-learn warns
    return {
        "accuracy": float(accuracy_score(truth, predicted)),
        "f1": float(f1_score(truth, predicted, average=average, zero_division=0)),
        "matthews": 0.0 if is_one_class else float(matthews_corrcoef(truth, predicted)),
    }
