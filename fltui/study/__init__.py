"""Questions that one run cannot answer: sweeps of many runs, and the curves that come of them."""
