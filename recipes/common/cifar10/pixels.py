"""From stored pixels to what a model sees: crop and flip drawn by numpy, then scaling. Numpy only.

A backend would draw by its own generator, and no two backends would train on the same images.
"""

from __future__ import annotations

import numpy as np

SIZE = 32
PADDING = 4
MEAN = np.array([0.4914, 0.4822, 0.4465], np.float32)  # of the red, green and blue of all training images
STD = np.array([0.2470, 0.2435, 0.2616], np.float32)


def normalized(images: np.ndarray) -> np.ndarray:
    """(rows, 32, 32, 3) uint8 to float32 with mean 0 and deviation 1 in every colour."""
    scaled = images.astype(np.float32)
    scaled /= np.float32(255)
    scaled -= MEAN
    scaled /= STD
    return scaled


def cropped_and_flipped(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Each image moved by up to 4 pixels in both directions (black comes in), every second one mirrored:
    torchvision's RandomCrop(32, padding=4) and RandomHorizontalFlip."""
    rows = len(images)
    down, right = rng.integers(0, 2 * PADDING + 1, (2, rows))
    mirrored = rng.integers(0, 2, rows).astype(bool)
    edge = (PADDING, PADDING)
    padded = np.pad(images, ((0, 0), edge, edge, (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (SIZE, SIZE), axis=(1, 2))
    moved = windows[np.arange(rows), down, right].transpose(0, 2, 3, 1)
    return np.where(mirrored[:, None, None, None], moved[:, :, ::-1], moved)
