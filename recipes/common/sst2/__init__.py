"""The SST-2 task: sentences, frozen encoders, split, head, local training and evaluation, shared by all its recipes."""
