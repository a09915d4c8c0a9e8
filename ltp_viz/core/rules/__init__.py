"""Rules that decide which tokens the next layer gets, one idea per file. A rule knows no model.

thresholds (LTP, manual), relative_threshold, top_k (the published baseline), spatten, power_bert, lat, tome,
ltmp, ppt, package (HeatViT), in_context, arbitrary (random and position). They share ranking, schedules and
matching; replay repeats the decisions of a finished run.
"""
