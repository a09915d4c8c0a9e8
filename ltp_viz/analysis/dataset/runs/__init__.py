"""A run over a data set: its settings, its store, its engines, its queue."""
