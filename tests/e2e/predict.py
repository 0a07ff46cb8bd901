"""Predictions of logged models in a process of its own: `python predict.py JOBS.json OUT.json`.

JOBS maps a name to {"store", "uri", "data"}, the data a CSV file; OUT maps it to what the model predicts.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pandas as pd

import modelwright

if __name__ == "__main__":
    jobs, out = sys.argv[1:]
    found = {}
    for name, job in json.loads(Path(jobs).read_text()).items():
        modelwright.set_tracking_uri(job["store"])
        model = modelwright.pyfunc.load_model(job["uri"])
        frame = pd.read_csv(job["data"], float_precision="round_trip")
        found[name] = model.predict(frame).tolist()
    found["modules"] = sorted(sys.modules)
    Path(out).write_text(json.dumps(found))
