"""The report: a comparison as one HTML page that opens offline."""
