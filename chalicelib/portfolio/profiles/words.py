"""The words by which columns and types are recognised: English first, German and French where they are
common."""

from __future__ import annotations

FIELDS: dict[str, tuple[str, ...]] = {
    "timestamp": (
        "timestamp", "date time", "datetime", "trade date", "transaction date", "date", "executed at",
        "execution time", "created at", "booking date", "value date", "settle date", "settlement date",
        "utc time", "date utc", "time", "datum", "buchungstag", "valuta", "wertstellung", "ausführungsdatum",
        "handelstag", "zeitpunkt", "date de transaction", "date d opération", "date opération",
    ),
    "time": (
        "time", "trade time", "uhrzeit", "zeit", "heure",
    ),
    "type": (
        "type", "transaction type", "action", "side", "activity", "activity type", "operation",
        "transaction", "kind", "buy sell", "order type", "typ", "art", "transaktionstyp", "buchungsart",
        "vorgang", "umsatzart", "sens", "opération",
    ),
    "symbol": (
        "symbol", "ticker", "ticker symbol", "asset", "code", "instrument", "coin", "stock", "security",
        "product", "holding", "kürzel", "wertpapier", "isin", "wkn", "valeur", "titre", "actif", "symbole",
    ),
    "name": (
        "name", "security name", "description", "asset name", "company", "wertpapiername", "bezeichnung",
        "nom", "libellé",
    ),
    "exchange": (
        "exchange", "market", "listing exchange", "listing exch", "börse", "handelsplatz", "bourse",
        "marché",
    ),
    "quantity": (
        "quantity", "shares", "units", "qty", "no of shares", "number of shares", "share count",
        "quantity transacted", "executed", "filled", "stück", "anzahl", "menge", "nominale", "stücke",
        "quantité", "nombre",
    ),
    "price": (
        "price", "unit price", "share price", "price per share", "price share", "execution price",
        "trade price", "t price", "cost per share", "rate", "kurs", "preis", "stückpreis",
        "ausführungskurs", "cours", "prix", "prix unitaire",
    ),
    "amount": (
        "amount", "total", "value", "gross amount", "net amount", "total amount", "proceeds", "gross",
        "net", "cash amount", "transaction amount", "market value", "betrag", "wert", "gesamt",
        "gesamtbetrag", "kurswert", "bruttobetrag", "umsatz", "montant", "valeur totale", "total net",
    ),
    "currency": (
        "currency", "ccy", "price currency", "currency code", "trade currency", "transaction currency",
        "währung", "handelswährung", "buchungswährung", "devise", "monnaie",
    ),
    "fee": (
        "fee", "fees", "commission", "commissions", "comm fee", "brokerage", "transaction fee",
        "trading fee", "costs", "charges", "gebühr", "gebühren", "provision", "spesen", "kosten",
        "ordergebühr", "frais", "courtage",
    ),
    "fee_currency": (
        "fee currency", "fee coin", "commission currency", "währung gebühr", "gebührenwährung",
        "devise frais",
    ),
    "tax": (
        "tax", "taxes", "withholding tax", "tax amount", "tax withheld", "stamp duty", "steuer", "steuern",
        "quellensteuer", "kapitalertragsteuer", "impôt", "impôts", "taxe", "prélèvement",
    ),
    "notes": (
        "notes", "note", "comment", "comments", "memo", "remark", "notiz", "bemerkung", "kommentar",
        "remarque",
    ),
    "external_id": (
        "external id", "id", "transaction id", "trade id", "order id", "reference", "reference no",
        "order number", "transaktionsnummer", "auftragsnummer", "ordernummer", "referenz", "référence",
    ),
}  # fmt: skip
"""By field, the words of a header that mean it, the surest first. A field that stands earlier takes a column first."""

TYPES: dict[str, tuple[str, ...]] = {
    "buy": (
        "buy", "bought", "purchase", "b", "bot", "market buy", "limit buy", "reinvestment", "kauf",
        "gekauft", "achat",
    ),
    "sell": (
        "sell", "sold", "sale", "s", "sld", "market sell", "limit sell", "verkauf", "verkauft", "vente",
    ),
    "dividend": (
        "dividend", "dividends", "div", "cash dividend", "ordinary dividend", "distribution", "dividende",
        "ausschüttung", "dividenden", "dividendes",
    ),
    "interest": (
        "interest", "credit interest", "coupon", "zinsen", "zins", "intérêts", "intérêt", "kupon",
    ),
    "fee": (
        "fee", "fees", "commission", "custody fee", "account fee", "charge", "gebühr", "gebühren", "frais",
        "entgelt",
    ),
    "tax": (
        "tax", "taxes", "withholding tax", "steuer", "steuern", "quellensteuer", "impôt", "impôts", "taxe",
    ),
    "deposit": (
        "deposit", "cash deposit", "deposits", "funding", "cash in", "top up", "einlage", "einzahlung",
        "dépôt", "versement",
    ),
    "withdrawal": (
        "withdrawal", "withdraw", "cash withdrawal", "cash out", "payout", "removal", "entnahme",
        "auszahlung", "retrait",
    ),
    "transfer_in": (
        "transfer in", "transfer_in", "receive", "received", "deliver in", "delivery inbound",
        "einlieferung", "einbuchung", "transfert entrant",
    ),
    "transfer_out": (
        "transfer out", "transfer_out", "send", "sent", "deliver out", "delivery outbound", "auslieferung",
        "ausbuchung", "transfert sortant",
    ),
}  # fmt: skip
"""By type, the words that mean it."""
