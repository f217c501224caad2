"""Columns that tell of people: by their names, their comments and what their values look like."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from catalog.analysis.profile import Column, Family, Table
from catalog.analysis.words import listed

_SURE, _LIKELY = 0.95, 0.75
_MOST = 0.6
_SOME = 0.05

_PEOPLE = listed(
    "customer user employee person people patient contact member driver student passenger "
    "guest subscriber lead client staff worker owner player author teacher doctor buyer "
    "borrower tenant attendee donor applicant candidate recipient holder visitor crew actor "
    "rep nurse agent manager salesperson individual citizen resident participant"
)
_FIRST_NAMES = ({"first"}, {"given"}, {"middle"}, {"last"}, {"family"}, {"full"}, {"maiden"})


@dataclass(frozen=True)
class PersonalData:
    """What kind of personal data a column holds (email, phone, name, address, ...)."""

    column: str
    kind: str
    confidence: float
    evidence: dict[str, Any]


def personal_data(table: Table) -> dict[str, PersonalData]:
    """Columns of the table that hold personal data, by name."""
    found: dict[str, PersonalData] = {}
    for column in table.columns:
        reading = _reading(column, table)
        if reading is not None:
            found[column.name] = reading
    return found


def _reading(column: Column, table: Table) -> PersonalData | None:
    for kind, named, pattern in _KINDS:
        by_name = named(column, table)
        share = _share(column, pattern)
        if column.family is Family.TEXT and pattern and share >= _MOST and kind in _BY_VALUE:
            return _found(column, kind, _SURE if by_name else _LIKELY, by_name, share)
        if by_name and _may_hold(column, kind, pattern, share):
            return _found(column, kind, _SURE if share >= _MOST else _LIKELY, by_name, share)
    if column.family is Family.TEXT and column.share("is_has_email") >= _SOME:
        return _found(column, "email", _LIKELY, False, column.share("is_has_email"))
    return None


def _share(column: Column, pattern: str) -> float:
    """The part of the values that look so. Dates look like telephone numbers, and are none."""
    if pattern == "phone" and column.share("is_short_date") + column.share("is_iso_date") > 0.5:
        return 0.0
    return column.share(f"is_{pattern}") if pattern else 0.0


def _may_hold(column: Column, kind: str, pattern: str, share: float) -> bool:
    """Whether the values do not speak against what the name says."""
    if column.family is Family.BOOLEAN or (column.is_numeric and kind in _TEXT_ONLY):
        return False
    if column.family in (Family.DATE, Family.TIMESTAMP):
        return kind == "birth_date"
    if kind == "name" and column.family is Family.TEXT and 0 < column.distinct <= 3 < column.rows:
        return False
    return not (kind in _BY_VALUE and column.non_null > 0 and share == 0 and column.is_numeric)


def _found(
    column: Column, kind: str, confidence: float, by_name: bool, share: float
) -> PersonalData:
    evidence: dict[str, Any] = {"name": by_name, "rows": column.rows}
    if share:
        evidence["values_that_look_so"] = round(share, 4)
    return PersonalData(column.name, kind, confidence, evidence)


def _email(column: Column, table: Table) -> bool:
    return column.says("email", "emails", "mail") and not column.says(
        "opt", "type", "count", "sent", "opened", "domain", "campaign", "subject", "status", "id"
    )


def _phone(column: Column, table: Table) -> bool:
    said = column.says("phone", "telephone", "mobile", "fax", "cellphone", "tel", "msisdn")
    return said and not column.says("type", "model", "brand", "count", "os", "country", "calls")


def _name(column: Column, table: Table) -> bool:
    words = column.words
    if column.says("surname", "forename", "firstname", "lastname", "fullname", "nickname"):
        return True
    if column.says("fname", "lname", "firstnm", "lastnm"):
        return True
    if words[-1:] not in (("name",), ("nm",)):
        # What a person is called by who they are to the row: `driver`, `assigned_nurse`.
        is_person = bool(words) and words[-1] in _PEOPLE
        return is_person and column.share("is_person_name") >= _MOST
    before = set(words[:-1])
    if any(part <= before for part in _FIRST_NAMES):
        return True
    if before & _PEOPLE:
        return True
    is_of_people = bool(set(table.words) & _PEOPLE or _singulars(table) & _PEOPLE)
    return (not before or before <= {"display", "user"}) and is_of_people


def _singulars(table: Table) -> set[str]:
    return {word.rstrip("s") for word in table.words} | {table.name.row_name.split("_")[-1]}


def _username(column: Column, table: Table) -> bool:
    return column.says("username", "login", "handle", "userid_name") and not column.says(
        "at", "count", "date", "time", "type", "last", "logins"
    )


def _address(column: Column, table: Table) -> bool:
    if column.says("ip", "mac", "email", "web", "url", "id"):
        return False
    return column.says("address", "addr", "street", "address1", "address2", "addressline")


def _birth(column: Column, table: Table) -> bool:
    if column.is_numeric and column.says("year"):
        return False
    return column.says("dob", "birthdate", "birthday", "birthdate") or (
        column.says("birth") and column.says("date", "day", "of")
    )


def _national(column: Column, table: Table) -> bool:
    if column.says("ssn", "passport", "nino", "nif", "cpf", "bsn", "aadhaar"):
        return True
    pairs = ({"national", "id"}, {"tax", "id"}, {"social", "security"}, {"license", "number"})
    return any(pair <= set(column.words) for pair in (*pairs, {"licence", "number"}))


def _card(column: Column, table: Table) -> bool:
    if column.says("iban", "cvv", "cvc", "pan", "bic"):
        return True
    pairs = ({"card", "number"}, {"card", "no"}, {"account", "number"}, {"credit", "card"})
    said = any(pair <= set(column.words) for pair in pairs)
    return said and not column.says("type", "brand", "id", "key")


def _network(column: Column, table: Table) -> bool:
    return column.words in (("ip",), ("client", "ip"), ("user", "ip")) or (
        column.says("ip") and column.says("address", "addr")
    )


def _secret(column: Column, table: Table) -> bool:
    return column.says("password", "passwd", "secret", "pwd") or column.words[-2:] in (
        ("access", "token"),
        ("api", "key"),
        ("password", "hash"),
    )


_Named = Callable[[Column, Table], bool]
_KINDS: tuple[tuple[str, _Named, str], ...] = (
    ("email", _email, "email"),
    ("national_id", _national, "ssn"),
    ("payment", _card, "card"),
    ("payment", _card, "iban"),
    ("phone", _phone, "phone"),
    ("ip_address", _network, "ip"),
    ("birth_date", _birth, ""),
    ("secret", _secret, ""),
    ("name", _name, "person_name"),
    ("username", _username, ""),
    ("address", _address, "street"),
)
"""Kind, whether the name says so, and the pattern of its values."""

_BY_VALUE = frozenset({"email", "national_id", "payment", "ip_address", "address", "phone"})
"""Kinds that values alone give away: nothing else looks like them."""
_TEXT_ONLY = frozenset({"email", "name", "username", "address", "secret", "ip_address"})
