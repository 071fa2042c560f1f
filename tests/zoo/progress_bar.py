"""A progress bar drawn by carriage returns, one line for all of it; then a metric behind it."""

import sys
import time

for step in range(1, 201):
    sys.stdout.write(f"\r{step:3}/200 [{'=' * (step // 10):20}] loss: {1 / step:.3f}")
    sys.stdout.flush()
    time.sleep(0.001)
sys.stdout.write('\r\n{"metric": {"round": 1, "scope": "global", "accuracy": 0.5}}\r\n')
