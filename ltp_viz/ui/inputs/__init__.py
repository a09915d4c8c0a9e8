"""Inputs that several pages share: model, texts, data file, columns."""
