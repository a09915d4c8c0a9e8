"""Measured times of dense, packed and pruned forwards: plan, process, record, conclusions."""
