"""Sphinx configuration: ``make docs``."""

from bw_tinyml import __version__

project = "bw_tinyml"
author = "bw_tinyml contributors"
copyright = "bw_tinyml contributors; code MIT, data CC BY 4.0"
version = release = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
myst_heading_anchors = 3
napoleon_google_docstring = False
autodoc_typehints = "none"
# Pygments has no lexer for csv, which the pages of the tables show
suppress_warnings = ["misc.highlighting_failure"]
exclude_patterns = ["_build"]

html_theme = "furo"
html_title = f"bw_tinyml {version}"
html_static_path = ["img"]
