"""The market: one catalogue of assets, one price history, exchange rates, and the backfills that fill them."""
