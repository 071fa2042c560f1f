"""Works on something for ever and never says the word that it is waited for."""

import itertools
import time

for number in itertools.count(1):
    print(f"still loading, attempt {number}")
    time.sleep(0.2)
