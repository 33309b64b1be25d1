"""Sphinx: `pip install -e '.[docs]'`, then `sphinx-build -W docs docs/_build`."""

project = "srcad"
extensions = ["myst_parser"]
myst_heading_anchors = 2  # the sections that error messages name
exclude_patterns = ["_build"]
html_theme = "alabaster"
