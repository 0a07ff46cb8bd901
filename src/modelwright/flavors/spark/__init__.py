"""Spark MLlib: pipelines and single models of pyspark.ml."""
