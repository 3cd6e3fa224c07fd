"""How measures name themselves: (method, denominator), or the method alone."""

TIME_WEIGHTED = (
    "time-weighted: daily returns chained; flows in at the start of their day, out at its end",
    "capital at the start of each day, plus what came in that day",
)
MONEY_WEIGHTED = (
    "money-weighted: XIRR, the yearly rate at which all payments and the closing value are worth nothing together",
    "each payment, compounded daily over the time it was in",
)
SIMPLE = (
    "simple return on average capital (Modified Dietz)",
    "opening value plus each flow, weighted by the part of the days it was in",
)
RISK = (
    "daily returns of calendar days on which something was invested; standard deviation of a sample × √365; downside "
    "deviation over all days, target: the risk-free rate; ratios annualised × √365; drawdown of the time-weighted index"
)
EQUIVALENT = (
    "public market equivalent (Long and Nickels): the opening value and every flow buy or sell the benchmark on their "
    "days; plain return: its price from the opening to the end, dividends not included"
)
