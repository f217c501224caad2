"""Word lists of English: what carries no meaning of its own in a question about numbers, what
means the same, and how words of one family hang together. Nothing here knows a business.
"""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Between the words of a name these mean nothing: `rate of cancellation` is `cancellation rate`.
LINKING = _words(
    "of the a an in on for to and or with at from is are was were be been being has had"
)

# What people write around a question.
FILLER = _words(
    """
    a about actually again all also am an and any anyone anything anywhere
    everyone everybody everywhere are as ask at be
    been being both but can could curious currently data did display do does doing done each
    ever every exactly existing far fetch figure figures find for from generally get gets getting
    give given go going got had has hand have having he hello help hello here hey hi his how i if
    howmuch howlong in info information interested into is it its just kindly know let like list
    look looking looks made make many may me might much must my need needed number numbers of ok
    okay on once
    one or our ours out overall own particular please possible present provide pull quick
    quickly really report result results said say see seen shall she should show shown so some
    someone something statistic statistics stats still such summarise summarize take tell than
    thank thanks that the their them then there these they thing things this those though through
    to too try understand us use using value values very view want wanted was we were what when
    where which while who whole whom whose will with within wonder wondering would yes you your
    respectively actual entire altogether happen happened happening occur occurred occurring
    recorded reported observed registered measured seem seems look looked breakdown table chart
    graph plot dashboard visualize visualise draw answer question compute calculate work
    individual different distinct unique various certain specific corresponding respective
    only just same instead now then else compare compared comparing comparison rank ranked
    ranking ranks people persons folks generate generates generated generating bring brings
    serve serves served offer offers offered fell fall placed given taken took made receive received
    brought amount volume level levels score scores love gimme pls plz send mind pulling come comes
    gives rather totally straight simply quite exact precisely hereby appreciate grab dig
    """
)

CONTRACTIONS = {
    "what's": ("what", "is"),
    "how's": ("how", "is"),
    "which's": ("which", "is"),
    "that's": ("that", "is"),
    "it's": ("it", "is"),
    "there's": ("there", "is"),
    "who's": ("who", "is"),
    "whats": ("what", "is"),
    "hows": ("how", "is"),
    "let's": ("let",),
    "i'd": ("i",),
    "i'm": ("i",),
    "we're": ("we",),
    "we've": ("we",),
    "i've": ("i",),
    "don't": ("do", "not"),
    "doesn't": ("does", "not"),
    "didn't": ("did", "not"),
    "isn't": ("is", "not"),
    "aren't": ("are", "not"),
    "wasn't": ("was", "not"),
    "weren't": ("were", "not"),
    "haven't": ("have", "not"),
    "hasn't": ("has", "not"),
    "won't": ("will", "not"),
    "can't": ("can", "not"),
}

COMPOUNDS = {
    ("on", "time"): "ontime",
    ("so", "kind"): "please",
    ("be", "kind"): "please",
    ("in", "total"): "overall",
    ("right", "now"): "now",
    ("break", "down"): "breakdown",
    ("how", "often"): "rate",
    ("how", "long"): "howlong",
    ("how", "far"): "howmuch",
    ("how", "high"): "howmuch",
    ("how", "big"): "howmuch",
    ("how", "large"): "howmuch",
    ("how", "fast"): "howlong",
    ("how", "frequently"): "rate",
    ("sign", "up"): "signup",
    ("sign", "ups"): "signup",
    ("signed", "up"): "signup",
    ("check", "in"): "checkin",
    ("check", "out"): "checkout",
    ("log", "in"): "login",
    ("logged", "in"): "login",
    ("pick", "up"): "pickup",
    ("picked", "up"): "pickup",
    ("drop", "off"): "dropoff",
    ("dropped", "off"): "dropoff",
    ("take", "off"): "takeoff",
    ("opt", "in"): "optin",
    ("opt", "out"): "optout",
    ("follow", "up"): "followup",
    ("start", "up"): "startup",
    ("write", "off"): "writeoff",
    ("pay", "off"): "payoff",
}

# Words whose stems differ although their meaning does not.
WORD_FAMILIES = {
    "sold": "sell", "sale": "sell", "sales": "sell", "seller": "sell", "selling": "sell",
    "bought": "buy", "buyer": "buyer", "paid": "pay", "payment": "pay", "payments": "pay",
    "spent": "spend", "spending": "spend", "flew": "fly", "flown": "fly", "fly": "fly",
    "flying": "fly", "fli": "fly", "flies": "fly",
    "built": "build", "grew": "grow", "grown": "grow", "growth": "grow", "sent": "send",
    "lost": "lose", "loss": "lose", "losses": "lose", "won": "win", "made": "make",
    "ran": "run", "diversion": "divert", "diversions": "divert", "divers": "divert",
    "conversion": "convert", "conversions": "convert", "retention": "retain",
    "subscription": "subscrib", "subscriptions": "subscrib", "subscript": "subscrib",
    "departure": "depart", "departures": "depart", "departur": "depart",
    "arrival": "arriv", "arrivals": "arriv", "shipment": "ship", "shipments": "ship",
    "delivery": "deliv", "deliveries": "deliv", "delivered": "deliv", "deliver": "deliv",
    "deliveri": "deliv", "hired": "hire", "hiring": "hire", "refunded": "refund",
    "returned": "return", "people": "person", "children": "child", "men": "man",
    "women": "woman", "staffing": "staff", "lateness": "late", "closed": "close",
    "closure": "close", "closing": "close", "resolution": "resolv", "resolut": "resolv",
    "department": "department", "departments": "department", "opened": "open",
    "opening": "open", "usage": "use", "signups": "signup",
    "punctuality": "punctual", "manufacturers": "manufactur", "utilisation": "utiliz",
    "utilization": "utiliz", "duration": "durat", "viewer": "viewer", "viewers": "viewer",
    "attendance": "attend", "attendee": "attend", "attendees": "attend", "watched": "watch",
    "satisfaction": "satisfact", "satisfied": "satisfact", "produced": "product",
    "admission": "admit", "admissions": "admit", "admitted": "admit", "admiss": "admit",
    "discharged": "discharg", "enrolment": "enrol", "enrollment": "enrol", "enrolled": "enrol",
    "enroll": "enrol", "occupancy": "occup", "occupied": "occup", "completion": "complet",
    "approval": "approv", "approvals": "approv", "renewal": "renew", "renewals": "renew",
    "rating": "rating",
    "ratings": "rating", "rental": "rent", "rentals": "rent", "rented": "rent",
    "booking": "book", "bookings": "book",
    "center": "centr", "centers": "centr", "theater": "theatr", "theaters": "theatr",
    "color": "colour", "colors": "colour", "gray": "grey", "labor": "labour",
    "harbor": "harbour", "program": "programm", "programs": "programm", "tire": "tyre",
    "tires": "tyre", "license": "licenc", "licenses": "licenc", "catalog": "catalogu",
    "catalogs": "catalogu", "organisation": "organ", "organisations": "organ",
}  # fmt: skip

# Words between `how many` and what is counted.
UNCOUNTED = _words("of the different distinct unique our all individual various separate total")

COMPARING = _words(
    "compare compares compared comparing comparison versus vs against relative difference differ "
    "differs"
)

# What is done by somebody or by means of something, and means no more than that it was.
DONE_BY = _words(
    "operated placed made sold handled served run flown performed done carried brought owned "
    "managed issued created written reported paid bought given taken used treated ordered"
)

# Small words before a value, that say no more than `of` it does.
BEFORE_VALUES = _words("because due owing caused under via through within inside using thanks")

# What people say to go on from the question before.
GOING_ON = _words("but add ones one keep make please ok okay split break down well")

# A metric with such a word in its name says how long something takes.
DURATIONS = _words(
    "time duration length delay wait day hour minute second late stay latency downtime age "
    "resolution lateness period tenure"
)

# What is measured of a thing, and not which thing: `talk` is what `talk time` is about. Stems.
MEASURING = _words(
    "time minut hour second day amount valu volum number count total average rate level score "
    "quantiti durat length size sum median maximum minimum"
)

# That something became more or less; with nothing to compare it with they say nothing.
CHANGES = _words(
    "growth grow grew grown grows growing change changes changed increase increases increased "
    "increasing decrease decreases decreased decreasing decline declined declining rise rose risen "
    "rising fell drop dropped improve improved improvement worsen worsened trend difference up down"
)

# Of two that are compared, the one that is more.
MORE_OR_LESS = _words(
    "higher lower more less fewer better worse greater bigger larger smaller than"
)

# Around a share of a total.
SHARING = _words(
    "comes come coming came made makes accounts account accounting contributes contribute "
    "contributed contribution attributable goes total part due percent percentage share proportion"
)

# Somebody, of whom `who` may ask.
PEOPLE = _words(
    "person people customer client user member employee staff worker agent rep representative "
    "seller salesperson manager owner author doctor physician nurse surgeon patient student pupil "
    "teacher lecturer professor driver rider pilot guest visitor tenant player coach artist "
    "subscriber buyer supplier vendor contact contractor engineer technician operator analyst "
    "borrower reader reviewer approver assignee reporter judge lawyer advisor consultant recruiter "
    "candidate applicant donor volunteer traveller traveler passenger cashier chef waiter mechanic"
)

# Before what is split, they say that it is.
SPREADING = _words("mix distribution distributed composition makeup spread splits")

PAST_FORMS = _words("sold bought paid sent built spent made flown flew lost won grown hit run left")

CONCEPTS = {
    "avg": "average", "average": "average", "averag": "average", "mean": "average",
    "means": "average", "ave": "average",
    "count": "count", "number": "count", "counts": "count", "#": "count", "no": "no",
    "total": "total", "totals": "total", "sum": "total", "overal": "total", "overall": "total",
    "rate": "rate", "rates": "rate", "share": "rate", "percentage": "rate", "percent": "rate",
    "pct": "rate", "%": "rate", "ratio": "rate", "proportion": "rate", "fraction": "rate",
    "perc": "rate", "percentag": "rate",
    "max": "maximum", "maximum": "maximum", "longest": "maximum", "highest": "maximum",
    "largest": "maximum", "biggest": "maximum", "greatest": "maximum", "strongest": "maximum",
    "peak": "maximum",
    "minimum": "minimum", "shortest": "minimum", "lowest": "minimum", "smallest": "minimum",
    "median": "median",
    "qty": "quantiti", "amt": "amount", "cnt": "count", "nm": "name", "dt": "date",
    "cd": "code", "wt": "weight", "nbr": "count", "hrs": "hour", "hr": "hour",
    "mins": "minut", "yr": "year", "yrs": "year", "qtr": "quarter", "mth": "month",
    "wk": "week", "rev": "revenu", "cust": "custom", "customer": "custom", "temp": "temperatur",
    "cancelled": "cancel", "canceled": "cancel", "cancellation": "cancel",
    "vs": "versus", "versus": "versus", "dept": "department",
}  # fmt: skip

# Groups of words that people use for one another. A match through them is told to the person.
THESAURUS: tuple[tuple[str, ...], ...] = (
    ("revenue", "sales", "turnover"),
    ("customer", "client", "buyer"),
    ("order", "purchase"),
    ("cost", "expense", "spend", "expenditure"),
    ("product", "item", "article"),
    ("country", "nation"),
    ("staff", "employee", "worker", "headcount"),
    ("store", "shop", "outlet"),
    ("supplier", "vendor"),
    ("region", "area", "territory"),
    ("city", "town"),
    ("refund", "reimbursement"),
    ("visit", "session"),
    ("vehicle", "car"),
    ("type", "kind", "category"),
    ("gender", "sex"),
    ("manufacturer", "maker", "producer"),
    ("begin", "start", "commence"),
    ("end", "finish"),
    ("ticket", "case"),
    ("churn", "attrition"),
    ("delay", "late"),
    ("punctual", "ontime"),
    ("transaction", "deal"),
    ("physician", "doctor"),
    ("student", "pupil"),
    ("length", "duration"),
    ("time", "days", "hours", "minutes"),
    ("salary", "pay", "wage"),
    ("origin", "source"),
    ("stock", "inventory"),
    ("discount", "rebate"),
    ("defect", "fault"),
    ("income", "earnings"),
    ("postcode", "zip"),
    ("method", "mode"),
    ("status", "state"),
)

# Values that mean the same; what people say is hardly ever what is kept.
SAME_VALUES: tuple[frozenset[str], ...] = (
    _words("men man male males m boys"),
    _words("women woman female females f w girls"),
    _words("smartphone smartphones mobile phone phones cellphone cellphones"),
    _words("desktop desktops pc pcs computer computers"),
    _words("tablet tablets ipad ipads"),
)

_COUNTED = """
    zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
    sixteen seventeen eighteen nineteen twenty
"""
NUMBER_WORDS: dict[str, float] = {
    word: float(value) for value, word in enumerate(_COUNTED.split())
} | {
    "thirty": 30.0, "forty": 40.0, "fifty": 50.0, "hundred": 100.0, "thousand": 1000.0,
    "million": 1e6, "dozen": 12.0,
}  # fmt: skip

# Words after which a metric is better when it is lower.
LOWER_IS_BETTER = _words(
    """
    delay late cancel churn attrition cost expense defect error complaint refund return bounce
    wait latency downtime failure fail loss lose incident divert resolv overdue fault accident
    absence abandonment breach waste scrap debt mortality readmission risk delinquency outage
    bug crash turnover violation injury backlog response shrinkage spoilage
    damage damaged broken dispute disputed unpaid outstanding missed withdrawal dropout lapse
    rejection rejected spam penalty fine
    """
)

FROM_WORDS = _words("from leaving departing departed out left leave depart off")
TO_WORDS = _words("to into towards toward arriving arrived entering reaching bound")
FROM_ROLES = _words(
    "origin source from departure sender start pickup begin seller home shipper exporter giver"
)
TO_ROLES = _words(
    "destination dest target to arrival receiver recipient end dropoff buyer away consignee"
)

REFUSED = {
    "why": "I can say what the numbers are, not why.",
    "predict": "I can say what happened, not what will.",
    "forecast": "I can say what happened, not what will.",
    "projection": "I can say what happened, not what will.",
    "will": "I can say what happened, not what will.",
    "recommend": "I answer with numbers; I give no advice.",
    "advise": "I answer with numbers; I give no advice.",
    "should": "I answer with numbers; I give no advice.",
    "correlation": "I compare metrics side by side; I compute no correlations.",
    "correlate": "I compare metrics side by side; I compute no correlations.",
    "correlated": "I compare metrics side by side; I compute no correlations.",
    "delete": "I only read; I change nothing.",
    "drop": "I only read; I change nothing.",
    "insert": "I only read; I change nothing.",
    "update": "I only read; I change nothing.",
    "truncate": "I only read; I change nothing.",
    "alter": "I only read; I change nothing.",
}
