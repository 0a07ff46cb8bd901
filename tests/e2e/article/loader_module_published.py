class MyModel():
    def __init__(self, model):
        self._model = model

    def predict(self, data):
        return self._model.predict_proba(data)

def _load_pyfunc(data_path: str):
    import os

    model = XGBClassifier(eval_metric='logloss')
    model.load_model(os.path.abspath(data_path))

    return MyModel(model)
