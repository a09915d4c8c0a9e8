"""The Why panel: attributions on request, beside the layers that words survive."""
