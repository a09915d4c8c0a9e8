"""What the tour's steps compute: masks, curves, replays, rounds of the game."""
