"""More wordings of filings and releases, made up: what each states to be held, and those that state nothing."""

from __future__ import annotations

STATED: dict[str, dict[str, str]] = {
    "During the three months ended June 30, 2025, we mined 1,000 bitcoin. As of June 30, 2025, we held 1,953 "
    "bitcoin, with a carrying value of $209 million.": {"BTC": "1953"},
    "As of July 31, 2025, the Company's holdings comprised 12,703 bitcoin and $35 million in cash.": {
        "BTC": "12703"
    },
    "We held approximately 12,703 bitcoin (including 3,205 bitcoin posted as collateral) as of July 31, 2025.": {
        "BTC": "12703"
    },
    "Total Bitcoin holdings of 12,703 as of July 31, 2025 (including 3,205 posted as collateral)": {
        "BTC": "12703"
    },
    "The number of bitcoins held by the Company as of September 30, 2025 was 640,031.": {"BTC": "640031"},
    "As of October 26, 2025, the Company held 640,808 bitcoins at a total cost of $47.44 billion, or $74,032 "
    "per bitcoin.": {"BTC": "640808"},
    "Digital assets: As of June 30, 2025 and December 31, 2024, the Company held approximately 597,325 and "
    "447,470 bitcoins, respectively.": {"BTC": "597325"},
    "Acme acquires 100 BTC for $10.5 million, now holds 1,100 BTC": {"BTC": "1100"},
    "Acme Bitcoin Holdings Surpass 3,000 BTC": {"BTC": "3000"},
    "Our bitcoin treasury grew to 3,050.25 bitcoin.": {"BTC": "3050.25"},
    "The Company has 2,100 BTC on its balance sheet.": {"BTC": "2100"},
    "The Company's treasury currently consists of 2,100 BTC and 500 ETH.": {"BTC": "2100", "ETH": "500"},
    "As of today, Acme's treasury includes 2,100 BTC.": {"BTC": "2100"},
    "With 2,100 BTC held in reserve, Acme is the largest holder in Texas.": {"BTC": "2100"},
    "Acme (NASDAQ: ACME) has increased its Bitcoin holdings to 2,100 BTC following the purchase of 100 BTC.": {
        "BTC": "2100"
    },
    "The Company purchased 100 BTC and now owns 2,100 BTC in total.": {"BTC": "2100"},
    "In total, Acme holds 2,100 BTC, which places it among the top 50; Metaplanet holds 20,000 BTC.": {
        "BTC": "2100"
    },
    "The Company converted 280 BTC to ETH; as of July 7, 2025 it owns approximately 100,603 ETH.": {
        "ETH": "100603"
    },
    "The Company's bitcoin holdings at June 30, 2025 were 1,200 BTC (December 31, 2024: 950 BTC).": {
        "BTC": "1200"
    },
    "Bitcoin holdings rose 26% to 1,200 BTC from 950 BTC.": {"BTC": "1200"},
    "Bitcoin holdings: 1,200 BTC (+250 BTC since January).": {"BTC": "1200"},
    "Acme now holds more than 1,000 BTC, achieving its 2025 target.": {"BTC": "1000"},
    "Acme's total bitcoin holdings stand at 4,525 BTC, with a target of 10,000 BTC by year-end.": {
        "BTC": "4525"
    },
    "The total number of BTC held is now 4,525.": {"BTC": "4525"},
    "The Company has a total of 4,525.5 ETH staked.": {"ETH": "4525.5"},
    "Total bitcoin held at quarter end: 11,177 (restated from 11,100).": {"BTC": "11177"},
    "As of 30 June 2025 the Group held 2,440 Bitcoin (31 December 2024: 0).": {"BTC": "2440"},
    "Acme holds 10 million DOGE and 5 BTC.": {"BTC": "5"},
    "The Company's average daily production was 23 BTC and treasury was 9,100 BTC at July 31, 2025.": {
        "BTC": "9100"
    },
    "On June 30, 2025, the market price of one bitcoin was $107,173 and we held 1,000 bitcoin worth $107 million.": {
        "BTC": "1000"
    },
    "The Company's holding of 1,000 BTC is held with Coinbase Custody.": {"BTC": "1000"},
}
NOT_STATED = [
    "Marathon, Riot and Tesla hold 49,940, 19,309 and 11,509 BTC, respectively.",
    "BitMine holdings of 4.1 million ETH make it the largest holder.",
    "The lender holds 500 BTC as collateral.",
    "A holder of 1,000 BTC would pay tax.",
    "The plaintiff alleges that the Company held 1,000 BTC.",
    "The Company sold all 1,000 BTC that it held.",
    "The Company no longer holds 1,000 BTC.",
    "The Trust issued 1,000,000 shares, each representing 0.001 BTC.",
    "The fair value of our 2,100 BTC was $240 million.",
    "The Company entered into an agreement to acquire Beta, which holds 5,816 BTC.",
    "After the merger with Beta, the combined company will hold 10,900 BTC.",
    "Since inception we have mined 12,000 BTC.",
    "The Company received 1,500 BTC from its investors in exchange for shares.",
    "We believe that holding 1,000 BTC or more is advisable.",
    "The Company's subsidiary holds 300 BTC on behalf of clients.",
    "We held no bitcoin as of June 30, 2025.",
    "Acme held 1.234,56 BTC",
    "Coinbase Custody holds our 1,000 BTC.",
]
