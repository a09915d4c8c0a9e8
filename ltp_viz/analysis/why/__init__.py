"""Attributions of pruned and unpruned answers, and their agreement with token survival."""
