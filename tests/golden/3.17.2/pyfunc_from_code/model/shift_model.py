
import mlflow as mlflow
from mlflow.pyfunc import PythonModel
from mlflow.models import ModelConfig, set_model


class Shift(PythonModel):
    def predict(self, context, model_input, params=None):
        shift = ModelConfig(development_config={"shift": 1.0}).get("shift")
        return model_input["a"] + shift


set_model(Shift())
