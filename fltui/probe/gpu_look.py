"""One look at the GPUs, for a decision: begun early, waited for shortly, given up when a driver hangs."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from fltui.probe.gpu import GpuSample, choose_provider
from fltui.probe.gpu_reading import GpuDriverError, GpuProvider, NoGpuError

LONGEST_S = 3.0


class GpuLook:
    """Reads a provider once, in a thread of its own that begins at once."""

    def __init__(
        self, make: Callable[[], GpuProvider] = choose_provider, longest_s: float = LONGEST_S
    ) -> None:
        self._make = make
        self._longest_s = longest_s
        self._began = time.monotonic()
        self._found = GpuSample(time.time(), "failed", (), "the GPU driver cannot be read")
        self._thread = threading.Thread(target=self._read, name="gpu-look", daemon=True)
        self._thread.start()

    def sample(self) -> GpuSample:
        """What was seen; `silent` when the driver has not answered `longest_s` after the beginning."""
        self._thread.join(max(0.0, self._began + self._longest_s - time.monotonic()))
        if self._thread.is_alive():
            seconds = time.monotonic() - self._began
            return GpuSample(
                time.time(), "silent", (), f"the GPU driver has not answered for {seconds:.0f} s"
            )
        return self._found

    def _read(self) -> None:
        try:
            provider = self._make()
            self._found = GpuSample(time.time(), "ok", tuple(provider.read()))
            provider.close()
        except NoGpuError as error:
            self._found = GpuSample(time.time(), "none", (), str(error))
        except GpuDriverError as error:
            self._found = GpuSample(time.time(), "failed", (), str(error))
