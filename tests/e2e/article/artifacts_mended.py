# >>> the article
import mlflow
from xgboost import XGBClassifier
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split
from sklearn.metrics import accuracy_score

# Load sample data and split into train/test sets.
X, y = load_breast_cancer(return_X_y=True, as_frame=True)
X_train, X_test, y_train, y_test = train_test_split(
    X, y, test_size=0.2, random_state=42
)
# <<<

# the gap: the article's data set has a column of categories
import joblib
import numpy as np
import pandas as pd

for frame in (X, X_train, X_test):
    frame["thal"] = pd.cut(frame["mean radius"], [0, 12, 16, 99], labels=["normal", "fixed", "reversible"]).astype(object)

# >>> the article
from mlflow.pyfunc import PythonModel, PythonModelContext
# <<<

# mended: read the file with what wrote it, and encode as in training
class ModelWrapper(PythonModel):
    def load_context(self, context: PythonModelContext):
        import joblib
        from xgboost import XGBClassifier

        self._encoder = joblib.load(context.artifacts["encoder"])
        self._model = XGBClassifier(eval_metric="logloss")
        self._model.load_model(context.artifacts["model"])

    def predict(self, context: PythonModelContext, data, params=None):
        encoded = data.assign(thal=self._encoder.transform(data["thal"].to_frame()))
        return self._model.predict_proba(encoded)


# >>> the article
import mlflow
from xgboost import XGBClassifier
from sklearn.preprocessing import OrdinalEncoder
from sklearn.metrics import accuracy_score
from mlflow.models import infer_signature

mlflow.xgboost.autolog(log_models=False)

encoder = OrdinalEncoder(handle_unknown='use_encoded_value', unknown_value=np.nan)
X_train['thal'] = encoder.fit_transform(X_train['thal'].to_frame())
X_test['thal'] = encoder.transform(X_test['thal'].to_frame())

model = XGBClassifier(eval_metric="logloss")
model.fit(X_train, y_train, eval_set=[(X_test, y_test)], verbose=False)
y_probs = model.predict_proba(X_test)

accuracy = accuracy_score(y_test, y_probs.argmax(axis=1))
mlflow.log_metric("accuracy", accuracy)

encoder_path = 'encoder.pkl'
joblib.dump(encoder, encoder_path)
model_path = "xgb.model"
model.save_model(model_path)

signature = infer_signature(X, y_probs)
mlflow.pyfunc.log_model(artifact_path="classifier", 
                        python_model=ModelWrapper(),
                        artifacts={ 
                            'encoder': encoder_path,
                            'model': model_path 
                        },
                        signature=signature)
# <<<
