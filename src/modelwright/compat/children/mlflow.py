"""What `import mlflow` finds in processes that a script under `modelwright exec` starts: the alias, there too.

The folder of this file is put on PYTHONPATH by `modelwright exec`, and belongs to no package.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module

if __name__ == "__main__":  # python -m mlflow
    import_module("modelwright.cli.main").main()
    sys.exit()

del sys.modules[__name__]  # what takes this module's place in there is what the import gives
try:
    from modelwright import install_as_mlflow
except ImportError:  # another interpreter, which may have MLflow itself
    here = os.path.dirname(os.path.realpath(__file__))
    sys.path[:] = [folder for folder in sys.path if os.path.realpath(folder) != here]
else:
    install_as_mlflow()
import_module("mlflow")
