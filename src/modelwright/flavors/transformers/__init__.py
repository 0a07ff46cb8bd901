"""Hugging Face Transformers: models with their tokenizers and processors, as pipelines.

given ──▶ entry (keys of MLmodel) ──▶ weights (files) ──▶ hazard (may they run code?) ──▶ weights ──▶ predict
                                                                                          inputs ▶ tasks ▶ outputs
"""
