"""Environment markers of requirements (`; python_version < "3.14"`), the plain ones read here.

`packaging` knows them all, but importing it takes longer than logging a model.
"""

from __future__ import annotations

import os
import platform
import re
import sys

_CONDITION = re.compile(
    r"\(*\s*(python_version|python_full_version|sys_platform|platform_system|os_name|platform_python_implementation"
    r"|implementation_name|platform_machine)\s*(<=|>=|==|!=|<|>)\s*['\"]([^'\"*]*)['\"]\s*\)*"
)


def holds(marker: str) -> bool:
    """Whether an environment marker holds here; one about an extra never does.

    >>> holds('python_version >= "3.11"'), holds('extra == "test"'), holds("")
    (True, False, True)
    """
    if not marker:
        return True
    if "extra" in marker:
        return False
    parts = [_CONDITION.fullmatch(part.strip()) for part in re.split(r"\band\b", marker)]
    if " or " not in marker and all(parts):
        return all(_compare(*part.groups()) for part in parts if part)
    from packaging.markers import InvalidMarker, Marker

    try:
        return Marker(marker).evaluate()
    except InvalidMarker:
        return True


def _compare(variable: str, operator: str, wanted: str) -> bool:
    if variable.startswith("python"):
        here = (
            platform.python_version() if variable == "python_full_version" else ".".join(map(str, sys.version_info[:2]))
        )
        left, right = _numbers(here), _numbers(wanted)
        size = max(len(left), len(right))
        left, right = left + (0,) * (size - len(left)), right + (0,) * (size - len(right))
        return {
            "==": left == right,
            "!=": left != right,
            "<": left < right,
            ">": left > right,
            "<=": left <= right,
            ">=": left >= right,
        }[operator]
    value = {
        "sys_platform": sys.platform,
        "os_name": os.name,
        "platform_system": platform.system(),
        "platform_python_implementation": platform.python_implementation(),
        "implementation_name": sys.implementation.name,
        "platform_machine": platform.machine(),
    }[variable]
    return (value == wanted) is (operator != "!=")


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version))
