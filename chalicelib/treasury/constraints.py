"""What it means to a client when one of this domain's constraints is violated."""

from __future__ import annotations

from chalicelib.core.errors import Conflict, InvalidInput, NotFound, name_constraints

COMPANY_UNKNOWN = (NotFound, "company_unknown", "There is no such company in the tracker.")

name_constraints(
    {
        "companies_external_id_key": (
            Conflict, "external_id_taken", "Another company has this external_id. Choose another."),
        "companies_ticker_asset_id_key": (
            Conflict, "company_exists", "A company with this ticker that holds this coin is in the tracker already."),
        "companies_share_asset_id_fkey": (
            NotFound, "asset_unknown", "There is no asset with the id that share_asset_id names."),
        "holdings_snapshots_company_id_fkey": COMPANY_UNKNOWN,
        "company_financials_company_id_fkey": COMPANY_UNKNOWN,
        "company_overrides_company_id_fkey": COMPANY_UNKNOWN,
        "holdings_snapshots_decided": (Conflict, "snapshot_decided", ""),
        "holdings_snapshots_status_expected": (Conflict, "snapshot_changed", ""),
        "holdings_snapshots_correction_changes": (InvalidInput, "nothing_corrected", ""),
        "holdings_snapshots_basis_known": (
            InvalidInput, "share_basis_missing",
            "Say what the shares count: basic, assumed_diluted or fd_max (share_basis)."),
        "holdings_snapshots_basic_beside": (
            InvalidInput, "shares_basic_alone",
            "shares_basic stands beside shares of another basis: state these alone as shares_outstanding, basic."),
        "holdings_snapshots_period": (InvalidInput, "period", "The period ends before it begins."),
        "company_financials_company_id_effective_date_key": (
            Conflict, "financials_exist",
            "There are financials of this company from that date on already: delete them, or choose another date."),
        "company_overrides_field_known": (InvalidInput, "field_not_overridable", ""),
        "company_overrides_value_fits": (InvalidInput, "value_does_not_fit", ""),
        "company_overrides_one_active": (
            Conflict, "override_changed", "Somebody else overrode this field at the same moment. Look, and try again."),
    }
)  # fmt: skip
