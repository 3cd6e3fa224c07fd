"""From a filing's or announcement's document to candidate facts. Pure: no input, output, database or network.

`extract.extract` is the one way in; docs/treasury-extraction.md tells how it decides.
"""
