"""Self-attention over packed batches, with the attention each token receives; `reference.py` defines it."""
