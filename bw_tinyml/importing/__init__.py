"""Imports: files that others made or edited, checked before anything is written."""
