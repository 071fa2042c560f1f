"""Works on something far too long and never says the word that it is waited for."""

import time

for number in range(1, 3000):
    print(f"still loading, attempt {number}")
    time.sleep(0.2)
