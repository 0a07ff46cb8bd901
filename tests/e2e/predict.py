"""Predictions of a logged model in a process of its own: `python predict.py STORE MODEL_URI FRAME.pkl OUT.json`."""

from __future__ import annotations

import json
import sys

import pandas as pd

import modelwright

if __name__ == "__main__":
    store, uri, data, out = sys.argv[1:]
    modelwright.set_tracking_uri(store)
    model = modelwright.pyfunc.load_model(uri)
    frame = pd.read_pickle(data)
    found = {"predictions": model.predict(frame).tolist(), "modules": sorted(sys.modules)}
    with open(out, "w", encoding="utf-8") as file:
        json.dump(found, file)
