"""Figures and reports of the Dataset lab."""
