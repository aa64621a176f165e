"""Brightway: biosphere, LCIA methods and databases, written so that nothing is ever lost."""
