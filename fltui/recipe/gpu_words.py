"""What a recipe may say after `gpus:`, and what a `device` param's text means there."""

from __future__ import annotations

import re

GPU_WORDS = "none, auto, share, a number, or the text of a device: cpu, cuda, cuda:N"
_WORD = re.compile(r"none|auto|share|cpu|cuda(?::\d+)?|\d{1,4}", re.ASCII)


def is_gpu_wish(text: str) -> bool:
    return _WORD.fullmatch(text) is not None


def gpu_wish(text: str) -> str:
    """`text` as none, auto, share or a number from 1.

    A device is counted among all GPUs of the pool, so who names one must see all: `cuda:N` is share.
    """
    if text == "cpu" or text.strip("0") == "":
        return "none"
    if text.startswith("cuda"):
        return "share" if ":" in text else "auto"
    return text.lstrip("0")
