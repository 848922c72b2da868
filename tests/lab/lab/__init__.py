"""Runs what the catalogue says about a package against the package itself."""
