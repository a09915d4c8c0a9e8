"""Computations of the tour's steps: masks, curves, replays, rounds of the game."""
