"""The Learn page: a tour of ten steps, each with one control, on a real model."""
