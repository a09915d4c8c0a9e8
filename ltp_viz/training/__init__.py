"""The three stages of Learned Token Pruning."""
