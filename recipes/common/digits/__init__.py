"""The digits task: data, split, model, local training and evaluation, shared by all its recipes."""
