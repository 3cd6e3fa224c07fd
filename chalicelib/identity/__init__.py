"""People: who may sign in, how they present themselves, what they prefer, which machines act for them."""

# imported with whatever is used of this package, so that violated constraints always have their words
from chalicelib.identity import constraints as constraints
