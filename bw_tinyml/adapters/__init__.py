"""Backgrounds of others: openLCA JSON-LD and USEEIO become Brightway databases."""
