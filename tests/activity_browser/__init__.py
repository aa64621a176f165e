"""Acceptance test with a real Activity Browser; run by hand or by `make test-ab`."""
