"""Model checkpoints: found, inspected, verified, loaded."""
