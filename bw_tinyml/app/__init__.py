"""A local web page for designers of devices.

Data flows one way: :mod:`live` (unit scores kept up to date) -> :mod:`desk` (a scenario becomes a
result) -> :mod:`page` (what the browser shows), behind :mod:`guard` (who may talk to it).
"""
