"""Which codes are currencies. Pure."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, StringConstraints

FIAT = frozenset(
    """
    AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN
    BZD CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS
    GIP GMD GNF GTQ GYD HKD HNL HRK HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW
    KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN
    NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK
    SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS
    VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG ZWL
    ATS BEF CYP DEM EEK ESP FIM FRF GRD IEP ITL LTL LUF LVL MTL NLG PTE ROL SIT SKK TRL
    """.split()  # noqa: SIM905 -- 180 quoted codes would fill 180 lines
)
"""ISO 4217: what is money and not a coin. The last line is what has gone: old transactions are in it, and the ECB's rates
go back to 1999."""


def known(code: str) -> str:
    """The code itself. Raises ValueError where it is no currency."""
    if code not in FIAT:
        raise ValueError(f"{code} is no currency: write its ISO 4217 code, such as USD")
    return code


Currency = Annotated[str, StringConstraints(to_upper=True, pattern=r"^[A-Za-z]{3}$"), AfterValidator(known)]
"""A currency in a request. A typing error would make a book of its own, whose worth nobody could ever tell, and an export
that cannot be imported again."""
