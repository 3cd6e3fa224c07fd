"""What functions of the database answer: the result, or {"problem": {code, detail, …}} where something cannot be done."""

from __future__ import annotations

from typing import Any

from chalicelib.core.errors import Conflict, NotFound, Problem, name_constraints

name_constraints(
    {
        "vehicles_name_key": (Conflict, "vehicle_exists", "There is a vehicle of that name. Choose another."),
        "vehicle_offerings_symbol_key": (Conflict, "symbol_taken", "Another offering has this symbol."),
        "vehicle_offerings_vehicle_id_fkey": (NotFound, "vehicle_unknown", "There is no such vehicle."),
        "share_holdings_holder_id_fkey": (NotFound, "seller_unknown", "No account has this seller_id."),
    }
)


def unwrap(answer: dict[str, Any]) -> dict[str, Any]:
    """The answer as it is, unless it is a refusal: then raises NotFound (codes that end in _unknown) or Conflict."""
    if "problem" in answer:
        raise problem_of(answer["problem"])
    return answer


def problem_of(told: dict[str, Any]) -> Problem:
    """The problem that a function of the database told: everything beside code and detail is an extra member."""
    extra = {name: value for name, value in told.items() if name not in ("code", "detail")}
    kind = NotFound if told["code"].endswith("_unknown") else Conflict
    return kind(told["code"], told["detail"], **extra)
