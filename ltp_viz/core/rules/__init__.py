"""Rules that decide which tokens go on to the next layer, one idea per file. A rule knows no model.

thresholds (LTP, manual), relative_threshold, top_k (the published baseline), spatten, power_bert, lat, tome,
ltmp, ppt, package (HeatViT), in_context, arbitrary (random and position); ranking, schedules and matching
serve them, and replay holds the decisions of a finished run.
"""
