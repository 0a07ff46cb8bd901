"""The Dockerfile of an image that serves one model."""

from __future__ import annotations

from dataclasses import dataclass

MADE = "# Made by modelwright"  # the first words of what may be overwritten
ENVIRONMENT, MODEL, USER, PORT = "/opt/env", "/opt/ml/model", 10001, 8080
_JAVA = ("openjdk-17-jre-headless", "procps")  # what Spark 3.5 and 4 and H2O run on; Spark's scripts call ps
_JAVA_DEBIAN = "bookworm"  # the Debian that has this Java
_MICROMAMBA = "mambaorg/micromamba:2.0.5"
# Libraries that a distribution's wheels expect of the system, and that a slim image lacks.
_LIBRARIES = {"lightgbm": "libgomp1", "paddlepaddle": "libgomp1"}
_ARGUMENTS = ("UV_DEFAULT_INDEX", "UV_INDEX", "PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL")


@dataclass(frozen=True)
class Plan:
    """What an image is made of.

    Args:
        title: What it serves, in words.
        python: Its Python: "3.11".
        uv: The version of uv that installs its packages.
        compiles: Whether something must be compiled, or fetched from a repository.
        java: Whether the model runs on Java.
        conda: Whether conda installs its packages, and not uv.
        distributions: Normalised names of what is installed.
        files: Names of the files in the context that the installation reads.
        image: The image to build on, instead of the one that suits.
    """

    title: str
    python: str
    uv: str
    compiles: bool = False
    java: bool = False
    conda: bool = False
    distributions: tuple[str, ...] = ()
    files: tuple[str, ...] = ("requirements.txt",)
    image: str | None = None

    @property
    def base(self) -> str:
        """The image that it is built on."""
        if self.image:
            return self.image
        if self.conda:
            return f"debian:{_JAVA_DEBIAN}-slim"
        return f"python:{self.python}-slim{f'-{_JAVA_DEBIAN}' if self.java else ''}"

    @property
    def system(self) -> list[str]:
        """Packages of the system."""
        libraries = {_LIBRARIES[name] for name in self.distributions if name in _LIBRARIES}
        return [*sorted(libraries), *(_JAVA if self.java else ())]


def text(plan: Plan) -> str:
    """The Dockerfile.

    >>> print(text(Plan("credit", "3.11", "0.9.5")).splitlines()[1])
    ARG BASE=python:3.11-slim
    """
    head = f"{MADE}: {plan.title}. Packages are installed in a stage of its own, so that no tool for it remains."
    build = _with_conda(plan) if plan.conda else _with_uv(plan)
    return "\n".join([head, f"ARG BASE={plan.base}", *build, "", "FROM ${BASE}", *_system(plan), *_final(), ""])


def _with_uv(plan: Plan) -> list[str]:
    """Tools to compile with are in the full image of Python, so it stands for the slim one in this stage only."""
    return [
        f"ARG TOOLS={plan.base.replace('-slim', '')}" if plan.compiles else "ARG TOOLS=${BASE}",
        "FROM ${TOOLS} AS build",
        *(f"ARG {name}" for name in _ARGUMENTS),
        f"RUN pip install --no-cache-dir uv=={plan.uv}",
        *_copied(plan),
        f'RUN uv venv --python "$(command -v python3)" {ENVIRONMENT} \\',
        "    && uv pip install --no-cache --no-deps --compile-bytecode --index-strategy unsafe-best-match \\",
        f"        --python {ENVIRONMENT}/bin/python --requirement requirements.txt",
    ]


def _with_conda(plan: Plan) -> list[str]:
    return [
        f"FROM {_MICROMAMBA} AS build",
        "USER root",
        *_copied(plan),
        f"RUN micromamba create --yes --prefix {ENVIRONMENT} --file environment.yml \\",
        "    && micromamba clean --all --yes",
    ]


def _copied(plan: Plan) -> list[str]:
    return ["WORKDIR /context", f"COPY {' '.join(plan.files)} ./"]


def _system(plan: Plan) -> list[str]:
    if not plan.system:
        return []
    return [
        f"RUN apt-get update && apt-get install --yes --no-install-recommends {' '.join(plan.system)} \\",
        "    && rm -rf /var/lib/apt/lists/*",
    ]


def _final() -> list[str]:
    entry = f'"{ENVIRONMENT}/bin/python", "-m", "modelwright.serving.images.container"'
    return [
        f"RUN useradd --system --uid {USER} --home-dir /tmp --no-create-home model",
        f"COPY --from=build {ENVIRONMENT} {ENVIRONMENT}",
        f"COPY model/ {MODEL}/",
        f"ENV PATH={ENVIRONMENT}/bin:$PATH HOME=/tmp PYTHONUNBUFFERED=1",
        "WORKDIR /tmp",
        f"USER {USER}",
        f"EXPOSE {PORT}",
        f'HEALTHCHECK --interval=30s --timeout=10s --start-period=120s CMD [{entry}, "ping"]',
        f"ENTRYPOINT [{entry}]",
    ]
