"""Clients of outside systems, one file each.

What they share is in client.py, what they answer with in bars.py, what goes wrong with them in errors.py.
"""
