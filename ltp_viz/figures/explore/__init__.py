"""Figures of one trace or sweep."""
