"""Treasuries of companies: what they hold of which coin, as their own filings say it."""
