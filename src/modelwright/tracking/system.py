"""CPU, memory, disk, network and GPU use as metrics of a run, sampled by a thread of its own."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ..core import settings
from ..core.errors import InvalidArgument
from .entities import Metric

if TYPE_CHECKING:
    from .client import MlflowClient

_PREFIX = "system"
_MB = 1e6
Sample = dict[str, float]
_given: dict[str, Any] = {}  # what was set in code; goes before the settings


def enable_system_metrics_logging() -> None:
    """Sample the machine during every run that starts from now on.

    >>> enable_system_metrics_logging()
    >>> enabled()
    True
    """
    _given["enabled"] = True


def disable_system_metrics_logging() -> None:
    """Do not sample the machine, whatever the environment says.

    >>> disable_system_metrics_logging()
    >>> enabled()
    False
    """
    _given["enabled"] = False


def set_system_metrics_sampling_interval(interval: float | None) -> None:
    """Choose how often the machine is sampled.

    Args:
        interval: Seconds between two samples; None goes back to the setting's 10.

    Raises:
        InvalidArgument: It is 0 or less.

    >>> set_system_metrics_sampling_interval(0.5)
    """
    _set("interval", interval, lambda value: value > 0, "seconds above 0")


def set_system_metrics_samples_before_logging(samples: int | None) -> None:
    """Choose how many samples make one point.

    Args:
        samples: How many are averaged; None goes back to the setting's 1.

    Raises:
        InvalidArgument: It is below 1.

    >>> set_system_metrics_samples_before_logging(4)
    """
    _set("samples", samples, lambda value: value >= 1, "a whole number from 1 on")


def set_system_metrics_node_id(node_id: str | None) -> None:
    """Choose what to call this machine in the metrics' names, where several machines write to one run.

    Args:
        node_id: Its name; None goes back to the setting's.

    Raises:
        InvalidArgument: It is neither a text nor a number.

    >>> set_system_metrics_node_id("node-1")
    """
    _set("node", node_id, lambda value: isinstance(value, str | int), "a name")


def enabled() -> bool:
    """Whether runs that start now are sampled."""
    return bool(_given.get("enabled", settings.SYSTEM_METRICS.get()))


def reset() -> None:
    """Forget what was set in code."""
    _given.clear()


class Monitor:
    """Samples the machine until it is stopped; what cannot be read is left out.

    Args:
        client: Where the points go.
        run_id: The run they belong to.
        resumed: Go on after the steps that the run already has.
    """

    def __init__(self, client: MlflowClient, run_id: str, *, resumed: bool = False) -> None:
        self._client, self._run_id, self._resumed = client, run_id, resumed
        self.interval = float(_given.get("interval") or settings.SYSTEM_METRICS_INTERVAL.get())
        self.samples = int(_given.get("samples") or settings.SYSTEM_METRICS_SAMPLES.get())
        node = str(_given.get("node") or settings.SYSTEM_METRICS_NODE.get())
        self.prefix = f"{_PREFIX}/{node}/" if node else f"{_PREFIX}/"
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._work, name="modelwright-system-metrics", daemon=True)
        self._step = 0

    def start(self) -> None:
        if self._resumed:
            self._step = self._next_step()
        self._thread.start()

    def stop(self) -> None:
        """Write what was sampled since the last point, and end the thread."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join()

    def _work(self) -> None:
        sample = sampler()
        taken: list[Sample] = []
        while not self._stopped.wait(self.interval):
            taken.append(sample())
            if len(taken) >= self.samples:
                self._log(taken)
                taken = []
        self._log(taken or [sample()])

    def _log(self, taken: list[Sample]) -> None:
        at = time.time_ns() // 1_000_000
        means = {key: sum(s[key] for s in taken if key in s) / sum(key in s for s in taken) for key in taken[-1]}
        points = [Metric(self.prefix + key, value, at, self._step) for key, value in means.items()]
        self._step += 1
        try:
            self._client.log_batch(self._run_id, points, synchronous=True)
        except Exception as error:
            import logging  # only a failure pays for it

            logging.getLogger(__name__).warning("system metrics of run %s were not written: %s", self._run_id, error)

    def _next_step(self) -> int:
        key = f"{self.prefix}cpu_utilization_percentage"
        return max((point.step for point in self._client.get_metric_history(self._run_id, key)), default=-1) + 1


def sampler() -> Callable[[], Sample]:
    """A function that measures the machine, each time since the call before; psutil's numbers where it is installed."""
    try:
        import psutil
    except ImportError:
        machine: Callable[[], Sample] = Proc()
    else:
        machine = _Psutil(psutil)
    gpus = _gpus()

    def sample() -> Sample:
        return {**machine(), **gpus()}

    return sample


class Proc:
    """What Linux tells in /proc, without any package."""

    def __init__(self) -> None:
        self._busy, self._all = self._cpu()
        self._received, self._sent = self._network()

    def __call__(self) -> Sample:
        found: Sample = {}
        busy, total = self._cpu()
        if total > self._all:
            found["cpu_utilization_percentage"] = 100 * (busy - self._busy) / (total - self._all)
        self._busy, self._all = busy, total
        found.update(self._memory())
        found.update(_disk())
        received, sent = self._network()
        if received or sent:
            found["network_receive_megabytes"] = (received - self._received) / _MB
            found["network_transmit_megabytes"] = (sent - self._sent) / _MB
        self._received, self._sent = received, sent
        return found

    def _cpu(self) -> tuple[int, int]:
        """Ticks spent working, and ticks in all, since the machine started."""
        fields = [int(word) for word in _lines("/proc/stat")[:1] for word in word.split()[1:9]]
        total = sum(fields)
        return total - sum(fields[3:5]), total  # idle and waiting for the disk

    def _memory(self) -> Sample:
        kilobytes = {
            name: int(rest.split()[0]) for name, _, rest in (s.partition(":") for s in _lines("/proc/meminfo"))
        }
        total, free = kilobytes.get("MemTotal", 0), kilobytes.get("MemAvailable", 0)
        if not total:
            return {}
        used = total - free
        return {
            "system_memory_usage_megabytes": used * 1024 / _MB,
            "system_memory_usage_percentage": 100 * used / total,
        }

    def _network(self) -> tuple[int, int]:
        """Bytes received and sent by all interfaces but the loopback."""
        rows = [line.partition(":") for line in _lines("/proc/net/dev")[2:]]
        fields = [rest.split() for name, _, rest in rows if name.strip() != "lo"]
        return sum(int(row[0]) for row in fields), sum(int(row[8]) for row in fields)


class _Psutil:
    def __init__(self, psutil: Any) -> None:
        self._psutil = psutil
        psutil.cpu_percent()  # the first call only sets the mark
        self._before = psutil.net_io_counters()

    def __call__(self) -> Sample:
        memory, network, before = self._psutil.virtual_memory(), self._psutil.net_io_counters(), self._before
        self._before = network
        return {
            "cpu_utilization_percentage": self._psutil.cpu_percent(),
            "system_memory_usage_megabytes": memory.used / _MB,
            "system_memory_usage_percentage": memory.used / memory.total * 100,
            **_disk(),
            "network_receive_megabytes": (network.bytes_recv - before.bytes_recv) / _MB,
            "network_transmit_megabytes": (network.bytes_sent - before.bytes_sent) / _MB,
        }


def _disk() -> Sample:
    import shutil

    usage = shutil.disk_usage(os.sep)
    return {
        "disk_usage_percentage": 100 * usage.used / usage.total,
        "disk_usage_megabytes": usage.used / _MB,
        "disk_available_megabytes": usage.free / _MB,
    }


def _gpus() -> Callable[[], Sample]:
    """Measures every NVIDIA GPU; nothing without the package nvidia-ml-py or without a driver."""
    try:
        import pynvml

        pynvml.nvmlInit()
        handles = [pynvml.nvmlDeviceGetHandleByIndex(i) for i in range(pynvml.nvmlDeviceGetCount())]
    except Exception:  # not installed, no driver, no device: a machine without GPUs
        return dict
    return lambda: {f"gpu_{i}_{key}": v for i, gpu in enumerate(handles) for key, v in _gpu(pynvml, gpu).items()}


def _gpu(nvml: Any, gpu: Any) -> Mapping[str, float]:
    found: Sample = {}
    try:
        memory = nvml.nvmlDeviceGetMemoryInfo(gpu)
        found["memory_usage_percentage"] = 100 * memory.used / memory.total
        found["memory_usage_megabytes"] = memory.used / _MB
        found["utilization_percentage"] = nvml.nvmlDeviceGetUtilizationRates(gpu).gpu
        watts = nvml.nvmlDeviceGetPowerUsage(gpu) / 1000
        found["power_usage_watts"] = watts
        found["power_usage_percentage"] = 100 * watts / (nvml.nvmlDeviceGetEnforcedPowerLimit(gpu) / 1000)
    except nvml.NVMLError:  # some cards do not tell everything
        return found
    return found


def _lines(path: str) -> list[str]:
    try:
        with open(path, encoding="ascii") as file:
            return file.read().splitlines()
    except OSError:
        return []


def _set(name: str, value: Any, good: Callable[[Any], bool], expected: str) -> None:
    if value is None:
        _given.pop(name, None)
    elif good(value):
        _given[name] = value
    else:
        raise InvalidArgument(f"System metrics: {name}={value!r}; give {expected}")
