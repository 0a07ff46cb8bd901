"""The answer to `import mlflow`."""
