"""Portfolios: what people did (transactions), what follows from it (the ledger), what it is worth, and how it performed."""

# imported with whatever is used of this package, so that violated constraints always have their words
from chalicelib.portfolio import constraints as constraints
