"""What several pages ask for: model, texts, data file, columns."""
