"""The pruned encoder and its record of a run. Imports torch and transformers, nothing that draws."""
