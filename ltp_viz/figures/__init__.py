"""Results to plotly figures, in one theme."""
