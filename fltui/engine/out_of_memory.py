"""GPU memory that ran out: known by the lines of CUDA, PyTorch, TensorFlow and JAX, told with who
shares that GPU and what helps. The frameworks' own words end in the middle of a traceback."""

from __future__ import annotations

import re
from collections.abc import Callable

from fltui.engine.lines import Matcher
from fltui.facts.plan import LaunchPlan, Process

# TensorFlow says the first of these also of the CPU's memory, gRPC the word RESOURCE_EXHAUSTED of a
# message that is too long. What TensorFlow tries again ("CUDA_ERROR_OUT_OF_MEMORY", "ran out of memory
# trying to allocate") is no failure. The last is the sentence of the recipes' cifar10 clients.
_LINE = (
    r"OOM when allocating|OutOfMemoryError|CUDA(?: error:)? out of memory|CUBLAS_STATUS_ALLOC_FAILED"
    r"|RESOURCE_EXHAUSTED: Out of memory|ResourceExhaustedError|does not fit into the memory of cuda"
)
_OF_THE_CPU = re.compile(r"device:CPU|by allocator cpu|DefaultCPUAllocator")


class OutOfMemory:
    """What was seen in the logs of one run. `alive(name)`: that process is running now."""

    def __init__(
        self, plan: LaunchPlan, alive: Callable[[str], bool], note: Callable[[str, str, str], None]
    ) -> None:
        self._plan = plan
        self._alive = alive
        self._note = note
        self._said: dict[str, str] = {}

    @property
    def sentences(self) -> tuple[str, ...]:
        """One for each process that ran out of GPU memory, in the order of their lines."""
        return tuple(self._said.values())

    def matcher(self, process: Process) -> Matcher | None:
        """The matcher for a new incarnation; None for a process that has no GPU."""
        if process.gpus == "none":
            return None
        self._said.pop(process.name, None)

        def found(line: str, match: re.Match[str]) -> None:
            if process.name not in self._said and not _OF_THE_CPU.search(line):
                self._said[process.name] = self._sentence(process)
                self._note(self._said[process.name], "warning", process.name)

        return Matcher(_LINE, found)

    def _sentence(self, process: Process) -> str:
        others = [
            other.name
            for other in self._plan.processes
            if other is not process and set(other.on_gpus) & set(process.on_gpus) and self._alive(other.name)
        ]
        where = " and ".join(f"gpu {label}" for label in process.on_gpus) or "its GPU"
        if others:
            where += f", which it shares with {_listed(others)}"
        return f"{process.name} ran out of memory on {where}; {self._what_helps(bool(others))}"

    def _what_helps(self, shared: bool) -> str:
        size = self._plan.params.get("batch_size")
        smaller = "a smaller batch"
        if isinstance(size, int) and size > 1:
            smaller = f"a smaller batch_size (it is {size}: --set batch_size={size // 2})"
        if not shared:
            return f"take {smaller} or model"
        return (
            f"take {smaller}, fewer clients, or more GPUs (CUDA_VISIBLE_DEVICES names those that it may use)"
        )


def _listed(names: list[str]) -> str:
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last
