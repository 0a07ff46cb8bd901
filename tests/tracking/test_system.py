"""Samples of the machine."""

from __future__ import annotations

import sys
import time
from threading import Semaphore
from types import SimpleNamespace

import pytest

import modelwright as mw
from modelwright.core.errors import InvalidArgument
from modelwright.tracking import system

CPU = "system/cpu_utilization_percentage"


def test_what_linux_tells() -> None:
    proc = system.Proc()
    ticks, deadline = proc._cpu(), time.monotonic() + 10
    while proc._cpu()[1] == ticks[1] and time.monotonic() < deadline:
        pass  # the kernel counts CPU time in ticks of 10 ms
    found = proc()
    assert 0 <= found["cpu_utilization_percentage"] <= 100
    assert 0 < found["system_memory_usage_percentage"] < 100
    assert found["system_memory_usage_megabytes"] > 1
    assert found["disk_available_megabytes"] > 0
    assert found.get("network_receive_megabytes", 0) >= 0


def test_a_machine_without_proc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system, "_lines", lambda path: [])
    assert system.Proc()().keys() == {"disk_usage_percentage", "disk_usage_megabytes", "disk_available_megabytes"}


def test_off_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not system.enabled()
    monkeypatch.setenv("MLFLOW_ENABLE_SYSTEM_METRICS_LOGGING", "true")
    assert system.enabled()
    mw.disable_system_metrics_logging()
    assert not system.enabled()
    system.reset()
    assert system.enabled()


def test_a_run_is_sampled(monkeypatch: pytest.MonkeyPatch) -> None:
    mw.set_system_metrics_sampling_interval(0.001)
    mw.set_system_metrics_samples_before_logging(2)
    written, log = Semaphore(0), system.Monitor._log

    def heard(monitor: system.Monitor, taken: list[system.Sample]) -> None:
        log(monitor, taken)
        written.release()

    monkeypatch.setattr(system.Monitor, "_log", heard)
    monkeypatch.setattr(system, "sampler", lambda: lambda: {"cpu_utilization_percentage": 50.0, "disk": 1.0})
    with mw.start_run(log_system_metrics=True) as run:
        assert written.acquire(timeout=10)
        assert written.acquire(timeout=10)
    points = mw.MlflowClient().get_metric_history(run.info.run_id, CPU)
    assert len(points) >= 2
    assert [point.step for point in points] == list(range(len(points)))
    with mw.start_run(run.info.run_id, log_system_metrics=True):
        pass
    more = mw.MlflowClient().get_metric_history(run.info.run_id, "system/disk")
    assert max(point.step for point in more) >= len(points)  # goes on after the old ones


def test_a_short_run_has_one_sample() -> None:
    mw.enable_system_metrics_logging()
    mw.set_system_metrics_node_id("node-0")
    with mw.start_run() as run:
        pass
    assert "system/node-0/disk_usage_percentage" in mw.get_run(run.info.run_id).data.metrics


def test_a_store_that_fails_does_not_stop_the_run(caplog: pytest.LogCaptureFixture) -> None:
    mw.set_system_metrics_sampling_interval(60)
    with mw.start_run(log_system_metrics=True) as run:
        mw.delete_run(run.info.run_id)
        run._monitor.stop()
        mw.MlflowClient().restore_run(run.info.run_id)
    assert "were not written" in caplog.text


def test_psutil_is_used_where_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = SimpleNamespace(
        virtual_memory=lambda: SimpleNamespace(used=2e9, total=4e9),
        net_io_counters=lambda: SimpleNamespace(bytes_recv=5, bytes_sent=6),
        cpu_percent=lambda: 12.5,
    )
    monkeypatch.setitem(sys.modules, "psutil", fake)
    found = system.sampler()()
    assert (found["cpu_utilization_percentage"], found["system_memory_usage_percentage"]) == (12.5, 50)


class NoAnswerError(Exception):
    """What a card does not tell."""


def refuse(gpu: int) -> float:
    raise NoAnswerError


# nvidia-ml-py with one card that does not tell its power
GPU = SimpleNamespace(
    NVMLError=NoAnswerError,
    nvmlInit=lambda: None,
    nvmlDeviceGetCount=lambda: 1,
    nvmlDeviceGetHandleByIndex=lambda i: i,
    nvmlDeviceGetMemoryInfo=lambda gpu: SimpleNamespace(used=1e6, total=4e6),
    nvmlDeviceGetUtilizationRates=lambda gpu: SimpleNamespace(gpu=40),
    nvmlDeviceGetPowerUsage=refuse,
)


def test_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pynvml", GPU)
    found = system.sampler()()
    assert found["gpu_0_utilization_percentage"] == 40
    assert found["gpu_0_memory_usage_percentage"] == 25
    assert "gpu_0_power_usage_watts" not in found


def test_values_that_make_no_sense() -> None:
    for call, value in (
        (mw.set_system_metrics_sampling_interval, 0),
        (mw.set_system_metrics_samples_before_logging, 0),
        (mw.set_system_metrics_node_id, []),
    ):
        with pytest.raises(InvalidArgument, match="System metrics"):
            call(value)
        call(None)
