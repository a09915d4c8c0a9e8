"""Text to ids and back to words, data files, checkpoints."""
