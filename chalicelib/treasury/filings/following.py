"""What stands right after a number of coins and tells what it counts."""

from __future__ import annotations

import re

LATER = re.compile(
    r"^\W{0,3}(?:tokens?\s)?(?:(?:by|before|until|through|over|within)\s(?:the\s)?(?:end\sof\s|year[- ]end\s|"
    r"next\s|fiscal\s|calendar\s|close\sof\s)?"
    r"(?:20\d\d|FY|\w+\s(?:months|years)|year[- ]end|the\syear)|(?:target|goal|milestone|objective)\b)",
    re.IGNORECASE,
)
HELD = re.compile(
    r"^\W{0,2}(?:(?:that|which)\s)?(?:(?:are|is|was|were)\s)?(?:currently\s|now\s|collectively\s)?(?:(?:held|owned)\s(?:by|"
    r"in|on|as of|as at|at)\b(?P<by>[^,.;]{0,60})|"
    r"in\s(?:its|our|the\scompany['’]s|total|the|corporate)?\s?(?:corporate\s|digital asset\s|BTC\s|bitcoin\s|"
    r"ETH\s|total\s)?(?:treasury|reserves?|holdings)\b|"
    r"on\s(?:its|our|the)\s(?:\w+\s)?balance\ssheet|(?:held|owned)(?=\s*(?:$|[.,;)])))",
    re.IGNORECASE,
)
REMAINING = re.compile(
    r"^\W{0,2}(?:tokens?\s)?(?:(?:remain(?:ing|s|ed)?|left)(?! (?:to|for|under|available|author|unpurchased|of))|"
    r"still held|in (?:total|aggregate)(?=\s*(?:$|[.,;)])))\b",
    re.IGNORECASE,
)
RANKED = re.compile(
    r"^,\s(?P<who>[A-Z][\w&.' -]{1,50}?|we|the company)\s(?:is|are|ranks?|remains?|becomes?|stands)\b[^.;]{0,60}?"
    r"\b(?:largest|biggest|rank\w*|\d+(?:st|nd|rd|th)|holders?)\b",
    re.IGNORECASE,
)
TREASURY = re.compile(
    r"^\s(?:treasury|reserves?|stack|position|holdings?)\b(?! (?:target|goal|plan))", re.IGNORECASE
)
NOT_HELD = re.compile(
    r"^\W{0,2}(?:tokens?\s)?(?:(?:that|which)\s)?(?:(?:are|is|was|were|had been|have "
    r"been)\s)?(?:currently\s)?(?:pledged|loaned|lent|posted|restricted|locked|"
    r"held as collateral|used as collateral|as collateral|on loan|under loan|serving as|held for|(?:held )?on behalf of|"
    r"for (?:its |our |the )?(?:customers|clients|users|third)|sold|receivable|of collateral|mined|produced|earned)",
    re.IGNORECASE,
)
