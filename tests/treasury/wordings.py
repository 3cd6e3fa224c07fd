"""More wordings of filings and releases, made up: what each states to be held, and those that state nothing."""

from __future__ import annotations

STATED: dict[str, dict[str, str]] = {
    "Following the disposal the Group continues to hold 840 units of Bitcoin.": {"BTC": "840"},
    "Before the sale, as of August 1, 2025, Acme held 1,500 BTC; it now holds 900 BTC.": {"BTC": "900"},
    "Prior to the merger, as of August 1, 2025, Acme held 1,500 BTC.": {"BTC": "1500"},
    "We added 40 BTC to our treasury for total holdings of 2,225 BTC.": {"BTC": "2225"},
    "The total amount of bitcoin held was 3,350.": {"BTC": "3350"},
    "We held no bitcoin as of June 30, 2025.": {"BTC": "0"},
    "The Company currently holds zero BTC.": {"BTC": "0"},
    "As of March 31, 2025 we held no Bitcoin and 500 ETH.": {"ETH": "500"},
    "As of June 30, 2025 and 2024, we held no bitcoin.": {"BTC": "0"},
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
    "Acme Holdings, Inc. reported that it has increased its bitcoin holdings by 500 BTC to a total of 5,500 BTC.": {
        "BTC": "5500"
    },
    "Our BTC stack now sits at 5,500.": {"BTC": "5500"},
    "As of close of business on May 2, 2025, Acme's bitcoin balance was 5,500 BTC.": {"BTC": "5500"},
    "The Company's current Bitcoin holdings total 5,500 BTC, purchased at an average of $75,000.": {
        "BTC": "5500"
    },
    "We currently hold 5,500 bitcoin valued at approximately $600 million.": {"BTC": "5500"},
    "Acme (TSXV: ACME) is pleased to announce that it has acquired an additional 5.5 BTC bringing its total to "
    "105.5 BTC.": {"BTC": "105.5"},
    "Following this acquisition, the Company holds 105.5 Bitcoin in total.": {"BTC": "105.5"},
    "Acme's Treasury: 105.5 BTC": {"BTC": "105.5"},
    "At quarter-end, our treasury held 7,000 bitcoin and 2,000 ETH.": {"BTC": "7000", "ETH": "2000"},
    "The Company's digital asset holdings consisted of 7,000 BTC as of June 30, 2025.": {"BTC": "7000"},
    "Bitcoin holdings exceeded 7,000 BTC at quarter end.": {"BTC": "7000"},
    "Strategy's bitcoin holdings reached 640,031 BTC this week, while Acme holds 7,000 BTC.": {"BTC": "7000"},
    "Unlike Metaplanet, which holds 20,136 BTC, the Company holds 7,000 BTC.": {"BTC": "7000"},
    "Analysts expect the Company to own 9,000 BTC next year; it owns 7,000 BTC today.": {"BTC": "7000"},
    "Deployed fleet earned 600 BTC; HODL of 4,000 BTC": {"BTC": "4000"},
    "Holding 4,000 BTC, Acme ranks among the largest holders.": {"BTC": "4000"},
    "In 2023 we held 3,000 BTC.": {"BTC": "3000"},
    "The Company received a short-term loan of 500 BTC and holds 2,500 BTC of its own.": {"BTC": "2500"},
    "The Company held 2,500 BTC as of June 30, 2025, excluding 500 BTC receivable.": {"BTC": "2500"},
    "BTC Yield of 12% equals 1,200 BTC of gain on holdings of 10,000 BTC.": {"BTC": "10000"},
    "Acme held an aggregate of 3,050 BTC, acquired for $310.2 million—an average of $101,700 per bitcoin.": {
        "BTC": "3050"
    },
    "Total bitcoin treasury holdings now total 2,274 BTC.": {"BTC": "2274"},
    "With this acquisition, Acme's BTC holdings have reached 2,274 BTC, making it the third-largest.": {
        "BTC": "2274"
    },
    "As of the date of this report, we own 2,274 BTC through our subsidiary Beta Ltd.": {"BTC": "2274"},
    "Net Asset Value: $250 million based on 2,274 BTC held": {"BTC": "2274"},
}
NOT_STATED = [
    "The Group intends to continue to hold 840 units of Bitcoin.",
    "The Group will continue to hold 840 units of Bitcoin.",
    "Acme held 1,500 BTC until August 3, 2025, when it sold all of it.",
    "Acme held 1,500 BTC before the sale.",
    "Prior to today's announcement the Company held 1,500 BTC.",
    "As of August 14, 2025 we held 900 BTC worth of call options.",
    "As of June 30, 2025, the fair value of the bitcoin held was 382,105 (in thousands).",
    "As of June 30, 2025, the value of our bitcoin holdings was 382,105.",
    "During August we added 40 BTC to our reserve of 2,185 BTC.",
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
    "Prior to July 21, 2025, we held no bitcoin.",
    "We hold no bitcoin for customers.",
    "Companies that hold no bitcoin underperform.",
    "We have no bitcoin mining operations.",
    "Our Canadian subsidiary held no bitcoin as of June 30, 2025.",
    "Acme held 1.234,56 BTC",
    "Coinbase Custody holds our 1,000 BTC.",
    "Total BTC: 105.5",
    "The aggregate number of bitcoin we hold has increased to 7,000.",
    "The Company's convertible note is convertible into 7,000 shares per bitcoin held.",
    "We issued 7,000 BTC Warrants.",
    "A 10% decline in the price of our 7,000 bitcoin would reduce income by $70 million.",
    "The Company mined 600 BTC in July, for a total of 4,000 BTC in 2025.",
    "Cumulative bitcoin mined: 4,000 BTC",
    "Hosted customers hold 4,000 BTC.",
    "The Company's Chief Executive Officer, who holds 4,000 BTC, resigned.",
    "BlackRock's iShares Bitcoin Trust holds more than 700,000 BTC.",
    "El Salvador holds 6,000 BTC.",
    "We transferred 3,000 BTC to custody.",
    "The loan is secured by 3,000 BTC held by the custodian.",
    "As of May 1, 2025 we had 3,000 BTC pledged to secure the loan.",
    "We hold 2,500 unpledged BTC and 500 pledged BTC.",
    "If the warrants are exercised in full, the Company would be able to hold 25,000 BTC.",
    "Acme will hold 25,000 BTC.",
    "Acme's plan to own 1% of all bitcoin (210,000 BTC) is on track.",
    "The Company achieved a BTC Gain of 1,200 BTC.",
    "Acme closed the acquisition of Beta and its 1,000 BTC.",
    "Acme owns 2,274 of the 21 million bitcoin that will ever exist.",
]
