"""Isolated environments of the frameworks: found, built from hashed locks with uv, checked, removed."""
