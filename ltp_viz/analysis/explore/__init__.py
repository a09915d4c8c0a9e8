"""Computations of Explore beyond the trace of a text."""
