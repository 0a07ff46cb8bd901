"""What ours says deliberately otherwise of LightGBM models."""

DIFFERS = dict.fromkeys(
    ("not fitted", "not of lightgbm"), "a mistake that 2.16 lets pass, and that shows up later, is refused at once"
)
