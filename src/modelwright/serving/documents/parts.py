"""The named parts of a document that belong to one model: its record, params and predictions, requests and answers."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from ...models.serving_input import UNWRAPPED
from . import forms, invented, sample, schemas
from .described import Described
from .schemas import JsonSchema

NAMES = {
    "dataframe_split": "DataframeSplit",
    "dataframe_records": "DataframeRecords",
    "instances": "Instances",
    "inputs": "Inputs",
    "input_data": "ServiceInput",  # as Azure's documents call it
    "": "Bare",
}
_SAID = {
    "dataframe_split": "A table as its column labels and its rows.",
    "dataframe_records": "A table as one object for each row.",
    "instances": "One item for each row, as TensorFlow Serving has it.",
    "inputs": "All the data at once: a list for each column, or the whole tensor.",
    "input_data": "The data as Azure ML's online endpoints take it.",
    "": "The record itself with the params beside its keys, as chat and completion requests are; so is the answer.",
}


class Parts:
    """What a document calls the things of one model.

    Args:
        model: The model.
        word: What comes before each name, where a document tells of several models.

    >>> from pathlib import Path
    >>> from modelwright.models.mlmodel import Model
    >>> list(Parts(Described("m", Model(), Path())).schemas)[:2]
    ['Predictions', 'Answer']
    """

    def __init__(self, model: Described, word: str = "") -> None:
        self.model, self.word = model, word
        self.sample = sample.of(model)
        self.schemas: dict[str, JsonSchema] = {}
        self._known: list[tuple[JsonSchema, JsonSchema]] = []
        inputs, outputs = model.meta.get_input_schema(), model.meta.get_output_schema()
        if inputs is not None and not inputs.is_tensor_spec():
            if inputs.has_input_names():
                self._share("Record", schemas.record(inputs))
            self._share("Split", schemas.split(inputs))
        if self.params is not None:
            self._share("Params", self.params)
        self.schemas[self.named("Predictions")] = schemas.predictions(outputs)
        answer = {"type": "object", "properties": {"predictions": self.ref("Predictions")}, "required": ["predictions"]}
        self.schemas[self.named("Answer")] = answer
        self.forms = self._forms()
        self.schemas[self.named("ServiceInput")] = self._shared(service_input(model, self.sample))
        self.schemas[self.named("ServiceOutput")] = service_output(model, self.sample)

    @property
    def params(self) -> JsonSchema | None:
        """The schema of "params"; None for a model that has none."""
        found = self.model.meta.get_params_schema()
        return schemas.params(found) if found is not None and len(found) else None

    def named(self, name: str) -> str:
        """What the document calls a thing of this model."""
        return f"{self.word}.{name}" if self.word else name

    def ref(self, name: str) -> JsonSchema:
        """A reference to a schema by its name without the model's word."""
        return {"$ref": f"#/components/schemas/{self.named(name)}"}

    def has(self, name: str) -> bool:
        return self.named(name) in self.schemas

    @property
    def tabular(self) -> bool:
        """Whether a table can be what the model takes."""
        schema = self.model.meta.get_input_schema()
        return schema is None or not schema.is_tensor_spec() or (len(schema) == 1 and len(schema.inputs[0].shape) == 2)

    def request(self) -> JsonSchema:
        """A body in any of the forms."""
        return {"oneOf": [self.ref(NAMES[form]) for form in self.forms]}

    def examples(self) -> dict[str, Any]:
        """Form → an example of a request."""
        said = {
            "example": "The example stored with the model",
            "signature": "Made from the signature",
            "nowhere": "What this model takes is not known: it has neither a signature nor an example",
        }[self.sample.origin]
        return {
            form or "bare": {"summary": f"{said}: {form}" if form else said, "value": body}
            for form, body in self.sample.bodies.items()
        }

    def _share(self, name: str, schema: JsonSchema) -> None:
        """A schema under a name; wherever it stands from now on, the name stands instead."""
        self.schemas[self.named(name)] = self._shared(schema)
        self._known.append((schema, self.ref(name)))

    def _shared(self, value: Any) -> Any:
        if isinstance(value, dict):
            for schema, ref in self._known:
                if value == schema:
                    return ref
            return {key: self._shared(item) for key, item in value.items()}
        return [self._shared(item) for item in value] if isinstance(value, list) else value

    def _forms(self) -> list[str]:
        found = forms.of(self.model.meta.signature)
        for form, schema in found.items():
            if form == "input_data":
                continue
            self.schemas[self.named(NAMES[form])] = self._body(form, self._shared(schema), schema)
        return list(found)

    def _body(self, form: str, data: JsonSchema, record: JsonSchema) -> JsonSchema:
        params = {"params": self.ref("Params")} if self.params is not None else {}
        if not form:
            beside = self.params["properties"] if self.params is not None else {}
            known = [{"required": [name]} for name in UNWRAPPED if name in record["properties"]]  # one tells it apart
            properties = {**beside, **record["properties"]}
            return {**record, "properties": properties, "anyOf": known, "description": _SAID[form]}
        return {
            "type": "object",
            "description": _SAID[form],
            "properties": {form: data, **params},
            "required": [form],
            "additionalProperties": False,
        }


def service_input(model: Described, tried: sample.Sample) -> JsonSchema:
    """What Azure's tools call ServiceInput: the body of /score, with an example."""
    found = model.meta.get_params_schema()
    params = {"params": schemas.params(found)} if found is not None and len(found) else {}
    data = forms.of(model.meta.signature)["input_data"]
    return {
        "type": "object",
        "description": _SAID["input_data"],
        "properties": {"input_data": data, **params},
        "required": ["input_data"],
        "additionalProperties": False,
        "examples": [tried.bodies.get("input_data", tried.first)],
    }


def service_output(model: Described, tried: sample.Sample) -> JsonSchema:
    """What they call ServiceOutput: the answer of /score."""
    outputs = model.meta.get_output_schema()
    frame = outputs is not None and not outputs.is_tensor_spec() and outputs.has_input_names()
    answer = invented.answer(outputs, tried.rows)
    return {
        **schemas.predictions(outputs),
        "format": "pandas.DataFrame:records" if frame else "numpy.ndarray",  # azureml-mlflow reads answers by it
        **({"examples": [answer]} if answer is not None else {}),
    }


def words(names: Iterable[str]) -> list[str]:
    """Names as documents can hold them, still all different.

    >>> words(["credit", "a b", "a/b"])
    ['credit', 'a_b', 'a_b_2']
    """
    found: list[str] = []
    for name in names:
        word = plain = re.sub(r"[^A-Za-z0-9_]", "_", name) or "model"
        number = 1
        while word in found:
            number += 1
            word = f"{plain}_{number}"
        found.append(word)
    return found
