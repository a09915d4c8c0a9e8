"""Scores of a model on labelled texts, and the model card made from them."""
