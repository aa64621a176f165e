"""Imports: files of other tools, checked, into a Brightway project."""
