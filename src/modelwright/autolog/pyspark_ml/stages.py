"""An estimator and the stages inside it: their names, their parameters, and how they hang together.

A stage is called by its class, with a number where several have the same: "LogisticRegression", "StringIndexer_2".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

Names = Mapping[str, str]  # uid → name


def class_of(thing: object) -> str:
    return f"{type(thing).__module__}.{type(thing).__name__}"


def tags(estimator: Any) -> dict[str, str]:
    return {"estimator_name": type(estimator).__name__, "estimator_class": class_of(estimator)}


def values(stage: Any) -> dict[str, Any]:
    """A stage's own parameters, defaults included."""
    return {param.name: stage.getOrDefault(param) for param in stage.params if stage.isDefined(param)}


def plain(given: Mapping[str, Any]) -> dict[str, Any]:
    """Values that JSON has, and the text of the others."""
    return {
        name: value if isinstance(value, bool | int | float | str | None) else str(value)
        for name, value in given.items()
    }


def walk(stage: Any) -> Iterator[Any]:
    """The stage and all inside it, outermost first."""
    yield stage
    for inner in _inside(stage):
        yield from walk(inner)


def _inside(stage: Any) -> list[Any]:
    if _is_pipeline(stage):
        return list(stage.getStages())
    return list(_members(stage).values())


def _members(stage: Any) -> dict[str, Any]:
    """Parameters whose values have parameters themselves: a classifier, an evaluator, the estimator of a search."""
    return {name: value for name, value in values(stage).items() if _has_params(value)}


def names(estimator: Any) -> dict[str, str]:
    found = {stage.uid: type(stage).__name__ for stage in walk(estimator)}
    several, seen = Counter(found.values()), Counter[str]()
    for uid, name in found.items():
        seen[name] += 1
        if several[name] > 1:
            found[uid] = f"{name}_{seen[name]}"
    return found


def params(stage: Any, known: Names, *, inner: bool = False) -> dict[str, Any]:
    """Its parameters and those of the stages inside it, the latter under "<stage>.<parameter>".

    What a search tunes is left to `estimator_info.json` and to the runs of its candidates.
    """
    prefix = f"{known[stage.uid]}." if inner else ""
    out: dict[str, Any] = {}
    for name, value in values(stage).items():
        if _is_pipeline(stage) and name == "stages":
            out[prefix + name] = [known[one.uid] for one in value]
            for one in value:
                out.update(params(one, known, inner=True))
        elif is_search(stage) and name == "estimatorParamMaps":
            continue
        elif _has_params(value):
            out[prefix + name] = known[value.uid]
            if not (is_search(stage) and name == "estimator"):
                out.update(params(value, known, inner=True))
        else:
            out[prefix + name] = value
    return out


def described(estimator: Any, known: Names) -> dict[str, Any]:
    """How the stages hang together; nothing for an estimator without any inside."""
    return {"hierarchy": _tree(estimator, known)} if _is_pipeline(estimator) or _members(estimator) else {}


def _tree(stage: Any, known: Names) -> dict[str, Any]:
    tree: dict[str, Any] = {"name": known[stage.uid]}
    if _is_pipeline(stage):
        return {**tree, "stages": [_tree(one, known) for one in stage.getStages()]}
    if type(stage).__name__ == "OneVsRest":
        return {**tree, "classifier": _tree(stage.getClassifier(), known)}
    if is_search(stage):
        evaluator, tuned = _tree(stage.getEvaluator(), known), _tree(stage.getEstimator(), known)
        return {**tree, "evaluator": evaluator, "tuned_estimator": tuned}
    members = {name: _tree(one, known) for name, one in _members(stage).items()}
    return {**tree, "params": members} if members else tree


def is_search(stage: Any) -> bool:
    return _is(stage, "pyspark.ml.tuning", "CrossValidator", "TrainValidationSplit")


def _is_pipeline(stage: Any) -> bool:
    return _is(stage, "pyspark.ml.pipeline", "Pipeline")


def _has_params(value: Any) -> bool:
    return _is(value, "pyspark.ml.param", "Params")


def _is(thing: Any, module: str, *classes: str) -> bool:
    return any(cls.__module__ == module and cls.__name__ in classes for cls in type(thing).__mro__)
