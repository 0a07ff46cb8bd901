"""Models saved with the statsmodels flavor: regressions, formulas, time series, with and without their data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from .cases import Score, case, native

_SEED = np.random.default_rng(7)
FRAME = pd.DataFrame(_SEED.normal(size=(40, 2)), columns=["a", "b"])
TARGET = 2 * FRAME["a"] - FRAME["b"] + _SEED.normal(size=40)
SERIES = pd.Series(np.cumsum(_SEED.normal(size=40)) + 9, index=pd.date_range("2024-01-01", periods=40, freq="D"))
PINS = {"pip_requirements": ["statsmodels"]}


@native("statsmodels")
def predicted(model: Any, data: Any) -> Any:
    if "start" in getattr(data, "columns", ()):
        return model.predict(start=data["start"][0], end=data["end"][0])
    return model.predict(data)


@case(golden=True)
def statsmodels_ols(m: Any, work: Path, root: Path) -> Score:
    import statsmodels.api as sm

    model = sm.OLS(TARGET.head(10), FRAME.head(10)).fit()
    m.statsmodels.save_model(model, root, input_example=FRAME.head(2), **PINS)
    return Score(FRAME.head(5))


@case()
def statsmodels_formula(m: Any, work: Path, root: Path) -> Score:
    import statsmodels.formula.api as smf

    model = smf.ols("y ~ np.log(a ** 2 + 1) + C(b > 0)", FRAME.assign(y=TARGET)).fit()
    signature = m.models.infer_signature(FRAME, model.predict(FRAME))
    m.statsmodels.save_model(model, root, signature=signature, metadata={"k": "v"}, **PINS)
    return Score(FRAME.head(5))


@case()
def statsmodels_without_data(m: Any, work: Path, root: Path) -> Score:
    import statsmodels.api as sm

    model = sm.GLM((TARGET > 0).astype(int), FRAME, family=sm.families.Binomial()).fit()
    m.statsmodels.save_model(model, root, remove_data=True, input_example=FRAME.head(3), **PINS)
    return Score(FRAME.head(5))


@case()
def statsmodels_array(m: Any, work: Path, root: Path) -> Score:
    import statsmodels.api as sm

    data = FRAME.to_numpy()
    model = sm.OLS(TARGET.to_numpy(), data).fit()
    m.statsmodels.save_model(model, root, signature=m.models.infer_signature(data, model.predict(data)), **PINS)
    return Score(data[:4])


@case()
def statsmodels_series(m: Any, work: Path, root: Path) -> Score:
    import statsmodels.api as sm

    row = pd.DataFrame({"start": [41], "end": [44]})
    m.statsmodels.save_model(sm.tsa.AutoReg(SERIES.to_numpy(), 2).fit(), root, input_example=row, **PINS)
    return Score(row)


@case()
def statsmodels_dates(m: Any, work: Path, root: Path) -> Score:
    import statsmodels.api as sm

    row = pd.DataFrame({"start": [pd.Timestamp("2024-02-10")], "end": [pd.Timestamp("2024-02-12")]})
    model = sm.tsa.ARIMA(SERIES, order=(1, 0, 0)).fit()
    signature = m.models.infer_signature(row, pd.Series([0.5]))
    m.statsmodels.save_model(model, root, signature=signature, **PINS)
    return Score(row)


@case()
def statsmodels_params(m: Any, work: Path, root: Path) -> Score:
    """Declared params are checked, and go no further."""
    import statsmodels.api as sm

    signature = m.models.infer_signature(FRAME, TARGET, params={"transform": True})
    m.statsmodels.save_model(sm.OLS(TARGET, FRAME).fit(), root, signature=signature, **PINS)
    return Score(FRAME.head(3), params={"transform": False})


@case(corpus=True)
def statsmodels_requirements(m: Any, work: Path, root: Path) -> Score:
    import statsmodels.formula.api as smf

    model = smf.ols("y ~ a + b", FRAME.assign(y=TARGET)).fit()
    m.statsmodels.save_model(model, root, input_example=FRAME.head(2))
    return Score(FRAME.head(5))
