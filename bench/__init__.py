"""Speed and memory against peers, side by side in one run: `python -m bench [ROW …]`.

Never a timed test: a row is a ratio between two things measured in the same minutes.
"""
