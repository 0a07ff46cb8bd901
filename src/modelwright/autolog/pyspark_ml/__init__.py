"""pyspark.ml: parameters of nested stages, searches, scores of evaluators, the model.

What differs from MLflow 2.16: the user's data is not cached by us, so a `cache()` of your own saves reading it twice; a
pipeline that ends in a transformer keeps its output column (MLflow renames it in your model); columns of lists have a
place in the signature, and a search's best model has one too; the data set of a score is the evaluated one, under its
variable's name; a model that is not logged is named in the run's outcome.
"""
