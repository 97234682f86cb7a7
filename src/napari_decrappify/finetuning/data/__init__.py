"""The pictures of a run: collected, cut into pieces, summarised, previewed."""
