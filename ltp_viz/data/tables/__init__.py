"""Labelled texts from files and the hub."""
