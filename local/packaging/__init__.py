"""Makes what is deployed. `local.package` is the way in; here are its steps, in this order.

* wheels: the libraries of requirements.txt as Lambda runs them, whatever machine this is
* build: a copy of the project that Chalice packages, without an AWS account
* template: what Chalice's template lacks
* archive: trimmed, compiled, the same bytes for the same sources
* checks: does it start by itself, is it small enough, is the template right
"""

from __future__ import annotations

from local.state import Problem


class PackagingFailed(Problem):
    """The package could not be made, or is not fit to be deployed. The message says what to do."""
