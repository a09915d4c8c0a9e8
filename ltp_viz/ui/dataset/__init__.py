"""The Dataset lab: each file is one part of the page."""
