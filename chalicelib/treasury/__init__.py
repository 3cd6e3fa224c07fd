"""Treasuries of companies: what they hold of which coin, as their own filings say it, reviewed by people."""

# imported with whatever is used of this package, so that violated constraints always have their words
from chalicelib.treasury import constraints as constraints
