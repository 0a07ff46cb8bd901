"""Models saved with the scikit-learn flavor."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from .cases import Score, case

FRAME = pd.DataFrame({"a": [0.0, 1.0, 2.0, 3.0, 4.0, 5.0], "b": [1.0, 0.5, 0.0, 1.5, 1.0, 0.0]})
LINE = 2 * FRAME["a"].to_numpy() - FRAME["b"].to_numpy() + 1
CLASS = np.array([0, 0, 0, 1, 1, 1])
PINS = {"pip_requirements": ["scikit-learn"]}


def _line() -> Any:
    from sklearn.linear_model import LinearRegression

    return LinearRegression().fit(FRAME, LINE)


def _classes() -> Any:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression().fit(FRAME, CLASS)


def _bayes(X: Any = FRAME, y: Any = CLASS) -> Any:
    from sklearn.naive_bayes import GaussianNB

    return GaussianNB().fit(X, y)


@case(golden=True)
def sklearn_cloudpickle(m: Any, work: Path, root: Path) -> Score:
    signature = m.models.infer_signature(FRAME, LINE)
    m.sklearn.save_model(
        _line(), root, serialization_format="cloudpickle", signature=signature, input_example=FRAME.head(2), **PINS
    )
    return Score(FRAME)


@case(golden=True)
def sklearn_pickle(m: Any, work: Path, root: Path) -> Score:
    m.sklearn.save_model(_bayes(), root, serialization_format="pickle", input_example=FRAME.head(3), **PINS)
    return Score(FRAME)


@case(golden=True)
def sklearn_pipeline(m: Any, work: Path, root: Path) -> Score:
    from sklearn.linear_model import Ridge
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    model = make_pipeline(StandardScaler(), Ridge(alpha=0.1)).fit(FRAME, LINE)
    m.sklearn.save_model(
        model, root, serialization_format="cloudpickle", signature=m.models.infer_signature(FRAME, LINE), **PINS
    )
    return Score(FRAME)


@case()
def sklearn_columns_of_text(m: Any, work: Path, root: Path) -> Score:
    from sklearn.compose import make_column_transformer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder

    data = FRAME.assign(town=["york", "bath", "york", "deal", "bath", "deal"])
    columns = make_column_transformer((OneHotEncoder(handle_unknown="ignore"), ["town"]), remainder="passthrough")
    model = make_pipeline(columns, LogisticRegression()).fit(data, CLASS)
    signature = m.models.infer_signature(data, model.predict(data))
    m.sklearn.save_model(model, root, signature=signature, input_example=data.head(2), **PINS)
    return Score(data)


@case(golden=True)
def sklearn_predict_proba(m: Any, work: Path, root: Path) -> Score:
    model = _bayes()
    signature = m.models.infer_signature(FRAME, model.predict_proba(FRAME))
    m.sklearn.save_model(
        model, root, serialization_format="cloudpickle", pyfunc_predict_fn="predict_proba", signature=signature, **PINS
    )
    return Score(FRAME)


@case()
def sklearn_array(m: Any, work: Path, root: Path) -> Score:
    X = FRAME.to_numpy()
    model = _bayes(X)
    m.sklearn.save_model(
        model, root, signature=m.models.infer_signature(X, model.predict(X)), input_example=X[:2], **PINS
    )
    return Score(X)


@case()
def sklearn_no_signature(m: Any, work: Path, root: Path) -> Score:
    m.sklearn.save_model(_classes(), root, **PINS)
    return Score(FRAME)


@case()
def sklearn_signature_refused(m: Any, work: Path, root: Path) -> Score:
    m.sklearn.save_model(_classes(), root, signature=False, input_example=FRAME.head(2), **PINS)
    return Score(FRAME)


@case()
def sklearn_sparse(m: Any, work: Path, root: Path) -> Score:
    import scipy.sparse
    from sklearn.linear_model import Ridge

    X = scipy.sparse.csr_matrix(np.array([[0.0, 1.0, 0.0], [2.0, 0.0, 0.0], [0.0, 0.0, 3.0], [1.0, 1.0, 0.0]]))
    y = np.array([1.0, 2.0, 3.0, 4.0])
    model = Ridge(solver="sparse_cg").fit(X, y)
    m.sklearn.save_model(
        model, root, signature=m.models.infer_signature(X, model.predict(X)), input_example=X[:2], **PINS
    )
    return Score(X)


@case()
def sklearn_search(m: Any, work: Path, root: Path) -> Score:
    from sklearn.linear_model import Ridge
    from sklearn.model_selection import GridSearchCV

    model = GridSearchCV(Ridge(), {"alpha": [0.1, 1.0]}, cv=2).fit(FRAME, LINE)
    m.sklearn.save_model(model, root, signature=m.models.infer_signature(FRAME, LINE), **PINS)
    return Score(FRAME)


@case()
def sklearn_anything_with_predict(m: Any, work: Path, root: Path) -> Score:
    class Halver:
        """Not scikit-learn's, but picklable and with both methods."""

        def predict(self, X: Any) -> Any:
            return X.to_numpy().sum(axis=1) / 2

        def predict_proba(self, X: Any) -> Any:
            return np.c_[X["a"], 1 - X["a"]]

    m.sklearn.save_model(Halver(), root, signature=m.models.infer_signature(FRAME, LINE), **PINS)
    return Score(FRAME)


@case()
def sklearn_extras(m: Any, work: Path, root: Path) -> Score:
    """Metadata, a conda environment of one's own, and code beside the model."""
    source = work / "extra_source"
    source.mkdir()
    (source / "helper.py").write_text("ANSWER = 42\n")
    conda = {
        "name": "own",
        "channels": ["conda-forge"],
        "dependencies": ["python=3.11", "pip", {"pip": ["scikit-learn", "cloudpickle"]}],
    }
    m.sklearn.save_model(
        _line(), root, conda_env=conda, code_paths=[str(source)], metadata={"team": "north", "rate": 0.5, "tags": ["x"]}
    )
    return Score(FRAME)


@case()
def sklearn_constraints(m: Any, work: Path, root: Path) -> Score:
    (work / "limits.txt").write_text("numpy<3\n")
    (work / "needs.txt").write_text(f"scikit-learn>=1.0\n-c {work / 'limits.txt'}\n")
    m.sklearn.save_model(_line(), root, pip_requirements=str(work / "needs.txt"))
    return Score(FRAME)


@case(golden=True, versions=(3,), ours=False)
def sklearn_skops(m: Any, work: Path, root: Path) -> Score:
    m.sklearn.save_model(_line(), root, signature=m.models.infer_signature(FRAME, LINE), **PINS)
    return Score(FRAME)


@case(corpus=True)
def sklearn_requirements(m: Any, work: Path, root: Path) -> Score:
    m.sklearn.save_model(_classes(), root, input_example=FRAME.head(2))
    return Score(FRAME)


@case(corpus=True)
def sklearn_pipeline_requirements(m: Any, work: Path, root: Path) -> Score:
    """A step of another package, and a function that travels by value."""
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer
    from xgboost import XGBRegressor

    def shifted(X: Any) -> Any:
        import scipy.special

        return scipy.special.expit(X)

    shifted.__module__ = "__main__"
    model = make_pipeline(FunctionTransformer(shifted), XGBRegressor(n_estimators=2, n_jobs=1)).fit(FRAME, LINE)
    m.sklearn.save_model(model, root, input_example=FRAME.head(2))
    return Score(FRAME)
