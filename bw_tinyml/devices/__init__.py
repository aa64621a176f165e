"""Devices of a user: bills of materials read, matched to datasets, and scored.

Data flows one way: :mod:`reading` (file -> :mod:`lines`) -> :mod:`matching` (lines -> datasets) ->
:mod:`scoring` (datasets -> scores in a project).
"""
