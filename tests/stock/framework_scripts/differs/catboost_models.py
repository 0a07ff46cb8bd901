"""What ours says deliberately otherwise of CatBoost models."""

DIFFERS = dict.fromkeys(
    ("not fitted", "not of catboost", "bad format"), "an error of ours that says what to do, with MLflow's code"
)
