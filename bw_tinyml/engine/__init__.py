"""Scores of whole databases by iteration instead of factorisation; knows arrays, not Brightway."""
