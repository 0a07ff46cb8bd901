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

# >>> the article
import mlflow
from xgboost import XGBClassifier
from sklearn.metrics import accuracy_score
from mlflow.models import infer_signature

mlflow.xgboost.autolog(log_models=False)

model = XGBClassifier(eval_metric="logloss")
model.fit(X_train, y_train, eval_set=[(X_test, y_test)], verbose=False)
y_probs = model.predict_proba(X_test)

accuracy = accuracy_score(y_test, y_probs.argmax(axis=1))
mlflow.log_metric("accuracy", accuracy)
# <<<

# the gap: what the routine below is given
signature = infer_signature(X_test, y_probs)

# >>> the article
model_path = 'xgb.model'
model.save_model(model_path)

mlflow.pyfunc.log_model(artifact_path="classifier", 
                        data_path=model_path,
                        code_paths=['src'],
                        loader_module='loader_module',
                        signature=signature)
# <<<
