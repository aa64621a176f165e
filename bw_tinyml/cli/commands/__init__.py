"""One module per command; heavy libraries are imported inside the command functions."""
