"""Makes vectors.json beside it: what scikit-learn and SciPy say of some predictions and tables. Run by hand: .headrace/venv/bin/python test/golden/monitoring/make.py"""

import json
from pathlib import Path

import numpy as np
import scipy
import sklearn
from scipy.stats import chi2_contingency
from sklearn.metrics import brier_score_loss, log_loss, mean_absolute_error, mean_squared_error, roc_auc_score

rng = np.random.default_rng(7)


def group(size: int, digits: int, weighted: bool) -> dict:
    # Rounded, so that there are ties, and a 0 and a 1 among the probabilities.
    predicted = np.round(rng.beta(2, 5, size), digits)
    predicted[0], predicted[1] = 0.0, 1.0
    happened = (rng.random(size) < predicted * 0.7 + 0.1).astype(int)
    weight = rng.choice([1.0, 2.0, 10.0], size) if weighted else np.ones(size)
    bins = np.minimum((predicted * 10).astype(int), 9)
    error = sum(abs((weight * (predicted - happened))[bins == each].sum()) for each in range(10)) / weight.sum()
    return {
        "predicted": predicted.tolist(), "happened": happened.tolist(), "weight": weight.tolist(),
        "auc": roc_auc_score(happened, predicted, sample_weight=weight), "logLoss": log_loss(happened, predicted, sample_weight=weight),
        "brier": brier_score_loss(happened, predicted, sample_weight=weight), "calibrationError": error,
        "meanAbsoluteError": mean_absolute_error(happened, predicted, sample_weight=weight), "rootMeanSquareError": mean_squared_error(happened, predicted, sample_weight=weight) ** 0.5,
    }


def table(counts: list[list[int]]) -> dict:
    result = chi2_contingency(np.array(counts), correction=False)
    return {"counts": counts, "statistic": result.statistic, "degrees": result.dof, "pValue": result.pvalue}


vectors = {
    "by": {"scikit-learn": sklearn.__version__, "scipy": scipy.__version__},
    "outcomes": [group(80, 2, False), group(120, 1, True), group(300, 3, True)],
    "chiSquare": [table([[120, 80, 40, 10], [95, 90, 60, 30]]), table([[500, 500], [498, 502]]), table([[30, 5, 1], [10, 20, 15]])],
}
Path(__file__).with_name("vectors.json").write_text(json.dumps(vectors) + "\n")
