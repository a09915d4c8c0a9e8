"""Pruning rules at equal cost: families of rules, calibration, curves, alignment of two runs."""
