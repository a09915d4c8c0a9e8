"""Hugging Face model families, one file per layout, carried over into the pruned encoder."""
