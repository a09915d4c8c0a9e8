"""Why: attributions on request, beside what survives."""
