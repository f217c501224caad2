"""What values of text may look like, in words that RE2 (DuckDB) and Java (Databricks) share."""

from __future__ import annotations

PATTERNS = {
    "blank": "^ *$",
    "email": "^ *[^@ ,;]+@[^@ ,;]+[.][A-Za-z]{2,} *$",
    "has_email": "[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+[.][A-Za-z]{2,}",
    "phone": "^ *([+]|00|[(])?[0-9]{1,4}[ ().x/-]+[0-9][0-9 ().x/-]{4,16}[0-9] *$",
    "plain_phone": "^ *[+]?[0-9]{9,15} *$",
    "number": "^ *[-+]?([0-9]+|[0-9]{1,3}(,[0-9]{3})+)([.][0-9]+)? *$",
    "money": "^ *[-+]?([$]|€|£|¥) ?[-+]?([0-9]+|[0-9]{1,3}(,[0-9]{3})+)([.][0-9]+)? *$",
    "whole_number": "^ *[-+]?[0-9]+ *$",
    "has_comma": ",",
    "leading_zero": "^0[0-9]",
    "iso_date": "^[0-9]{4}-[01][0-9]-[0-3][0-9]$",
    "iso_time": (
        "^[0-9]{4}-[01][0-9]-[0-3][0-9][T ][0-2][0-9]:[0-5][0-9](:[0-5][0-9]([.][0-9]+)?)?Z?$"
    ),
    "parted_date": "^[0-9]{2}[/.-][0-9]{2}[/.-][0-9]{4}$",
    "day_first": "^(1[3-9]|2[0-9]|3[01])[/.-]",
    "month_first": "^[0-9]{2}[/.-](1[3-9]|2[0-9]|3[01])[/.-]",
    "short_date": "^[0-9]{1,2}[/.-][0-9]{1,2}[/.-]([0-9]{2}|[0-9]{4})$",
    "slashed_date": "^[0-9]{4}[/.][01][0-9][/.][0-3][0-9]$",
    "named_date": (
        "^[0-3][0-9][ -](Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec|JAN|FEB|MAR|APR|MAY|JUN|"
        "JUL|AUG|SEP|OCT|NOV|DEC)[ -][0-9]{4}$"
    ),
    "compact_date": "^(19|20)[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])$",
    "uuid": "^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$",
    "url": "^(https?|ftp)://",
    "ip": "^([0-9]{1,3}[.]){3}[0-9]{1,3}$",
    "ssn": "^[0-9]{3}-[0-9]{2}-[0-9]{4}$",
    "card": "^[0-9]{4}[ -]?[0-9]{4}[ -]?[0-9]{4}[ -]?[0-9]{4}$",
    "iban": "^[A-Z]{2}[0-9]{2}[ ]?[A-Z0-9]{4}[ ]?[0-9]{4}[A-Z0-9 ]{3,24}$",
    "person_name": "^[A-Z][a-z'-]+( [A-Z][.]?)?( [A-Z][A-Za-z'-]+){1,2}$",
    "street": (
        "^[0-9]+[A-Za-z]? [A-Za-z0-9.' ]+ (St|Street|Ave|Avenue|Rd|Road|Blvd|Lane|Ln|Dr|Drive|Way|"
        "Court|Ct|Square|Sq)[.]?"
    ),
    "spaced": " ",
    "json": r"^ *[{\[].*[\]}] *$",  # Java takes a bare [ for a class inside the class
}  # fmt: skip
"""Name -> regular expression, as found anywhere in the value unless it is anchored."""

CURRENCIES = {"$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY"}
"""Signs that `money` knows; a dollar that is none of the USA's is said by a comment only."""
