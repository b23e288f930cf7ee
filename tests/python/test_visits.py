"""Visits, their sources and touches, on input that public fault reports and other people's data showed to be read wrong.

One company holds all cases: a brand is a case, so that they are built at once.
"""

from urllib.parse import quote

import pytest
from warehouse import build, query, table_hash, write_raw

CHANNELS = {
    # referring host -> channel; None: begins no touch
    "www.google.com": "organic_search",
    "google.co.kr": "organic_search",
    "images.google.com.br": "organic_search",
    "com.google.android.googlequicksearchbox": "organic_search",
    "m.search.naver.com": "organic_search",
    "search.daum.net": "organic_search",
    "r.search.yahoo.com": "organic_search",
    "duckduckgo.com": "organic_search",
    "com.google.android.gm": "email",
    "mail.google.com": "email",
    "mail.naver.com": "email",
    "mail.daum.net": "email",
    "outlook.live.com": "email",
    "docs.google.com": "referral",
    "shopping.naver.com": "referral",
    "gemini.google.com": "referral",
    "chatgpt.com": "referral",
    "www.perplexity.ai": "referral",
    "accounts.google.com": None,
    "pay.google.com": None,
    "nid.naver.com": None,
    "orders.pay.naver.com": None,
    "kauth.kakao.com": None,
    "accounts.kakao.com": None,
    "online-pay.kakao.com": None,
    "pg-web.kakao.com": None,
    "apay-us.amazon.com": None,
    "passport.yandex.ru": None,
    "appleid.apple.com": None,
    "www.paypal.com": None,
    "checkout.stripe.com": None,
    "hooks.stripe.com": None,
    "pay.toss.im": None,
    "payment-widget.tosspayments.com": None,
    "stdpay.inicis.com": None,
    "npay.nicepay.co.kr": None,
    "spay.kcp.co.kr": None,
    "checkout.shopify.com": None,
    "pay.amazon.com": None,
    "checkoutshopper-live.adyen.com": None,
    "pay.klarna.com": None,
    "login.microsoftonline.com": None,
    "login.live.com": None,
    "acs.bank.example": None,
    "open.kakao.com": "organic_social",
    "l.facebook.com": "organic_social",
    "t.co": "organic_social",
    "blog.naver.com": "organic_social",
    "learn.microsoft.com": "referral",
    "learn.ibm.com": "referral",
    "notlearn.com": "referral",
    "learn.com.evil.example": "referral",
    "www.learn.com": "direct",
    "learn.co.kr": "direct",
    "shop.learn.io": "direct",
}
TAGS = {
    # utm_source, utm_medium -> channel
    ("google", "cpc"): "paid_search",
    ("google", "paid-search"): "paid_search",
    ("google", "Paid Search"): "paid_search",
    ("google", "cpc-brand"): "paid_search",
    ("google", "pmax"): "paid_search",
    ("naver", "shopping"): "paid_search",
    ("facebook", "paid-social"): "paid_social",
    ("facebook", "paid social"): "paid_social",
    ("facebook", "Paid%20Social"): "paid_social",
    ("meta", "paid+social"): "paid_social",
    ("kakao", "cpc"): "paid_social",
    ("criteo", "re-targeting"): "display",
    ("gdn", "display"): "display",
    ("partner", "affiliates"): "affiliate",
    ("crm", "sms"): "sms",
    ("crm", "alimtalk"): "sms",
    ("kakao", "알림톡"): "sms",
    ("kakao", "%EC%95%8C%EB%A6%BC%ED%86%A1"): "sms",
    ("kakao", "kakao friendtalk"): "sms",
    ("app", "web-push"): "push",
    ("app", "push"): "push",
    ("poster", "qr"): "offline",
    ("(direct)", "(none)"): "direct",
    ("(not set)", "(not set)"): "direct",
    ("google", "(none)"): "organic_search",
    ("google", "organic"): "organic_search",
    ("bing", "search"): "organic_search",
    ("example.org", "referral"): "referral",
    ("chatgpt.com", ""): "referral",
    ("quiz", "carrier"): "unassigned",
    ("", "carrier"): "unassigned",
}
CLICKS = [
    # page_path, referrer, utm_source, utm_medium, click_id, properties, channel
    ("/?gclid=abc", "https://www.google.com/", "", "", "", "", "paid_search"),
    ("/", "https://www.google.com/", "", "", "", "", "organic_search"),
    ("/", "https://www.google.com/", "", "", "", '{"gclid": "abc"}', "paid_search"),
    ("/", "https://www.google.com/", "", "", "", '{"gclid": null, "x": ""}', "organic_search"),
    ("/?a=1&WBRAID=abc#x", "", "", "", "", "", "paid_search"),
    ("/", "", "", "", "", '{"page_location": "https://b.example/?gbraid=x"}', "paid_search"),
    ("/", "", "", "", "msclkid=1", "", "paid_search"),
    ("/", "https://www.google.com/", "", "", "Cj0KCQ", "", "paid_search"),
    ("/", "https://m.facebook.com/", "", "", "IwAR", "", "paid_social"),
    ("/?NaPm=ct%3Dabc", "https://search.naver.com/", "", "", "", "", "paid_search"),
    ("/?n_media=27758", "https://m.search.naver.com/", "", "", "", "", "paid_search"),
    ("/?fbclid=abc", "https://l.facebook.com/", "", "", "", "", "organic_social"),
    ("/?fbclid=abc", "", "", "", "", "", "organic_social"),
    ("/?fbclid=abc", "", "facebook", "cpc", "", "", "paid_social"),
    ("/?fbclid=abc", "", "", "paid", "", "", "paid_social"),
    ("/?fbclid=abc", "", "newsletter", "", "", "", "email"),
    ("/?ttclid=abc", "", "", "", "", "", "paid_social"),
    ("/?twclid=abc", "", "", "", "", "", "paid_social"),
    ("/?li_fat_id=abc", "", "", "", "", "", "paid_social"),
    ("/?dclid=abc", "", "", "", "", "", "display"),
    ("/?gclid=abc", "", "google", "", "", "", "paid_search"),
    ("/?gclid=abc", "", "quiz", "carrier", "", "", "paid_search"),
    ("/?gclid=abc", "", "newsletter", "email", "", "", "email"),
    ("/?gclid=", "", "", "", "", "", "direct"),
    ("/?notgclid=1", "", "", "", "", "", "direct"),
    ("/?srsltid=abc", "", "", "", "", "", "organic_search"),
]


class Company:
    """Raw rows, added case by case; times are of 2025-06-01 unless they name a day."""

    def __init__(self):
        self.events, self.orders, self.items, self.customers, self.campaigns = [], [], [], [], []
        self.performance = []

    def event(
        self,
        brand,
        at,
        device="d",
        customer="",
        received=None,
        source="",
        medium="",
        campaign="",
        host="",
        name="page_viewed",
        page="/",
        session="",
        click_id="",
        properties="",
        robot="",
        event_id=None,
        referrer="",
        device_type="",
    ):
        moment = at if "-" in at else f"2025-06-01 {at}"
        received = moment if received is None else received
        received = received if "-" in received or not received else f"2025-06-01 {received}"
        self.events.append(
            (
                event_id or f"e{len(self.events):05}",
                brand,
                name,
                moment,
                received,
                f"{brand}-{device}" if device else "",
                customer and f"{brand}-{customer}",
                session,
                click_id,
                robot,
                page,
                referrer or (host and f"https://{host}/"),
                source,
                medium,
                campaign,
                device_type,
                properties,
            )
        )

    def order(self, brand, at, customer="c", order_id="o", paid=None):
        moment = at if "-" in at else f"2025-06-01 {at}"
        paid = moment if paid is None else paid
        paid = paid if "-" in paid else f"2025-06-01 {paid}"
        order_id = f"{brand}-{order_id}"
        self.orders.append((order_id, f"{brand}-{customer}", moment, paid, "paid", "USD"))
        self.items.append((order_id, 1, "p1", 1, "10.00"))

    def customer(self, brand, customer="c"):
        self.customers.append((f"{brand}-{customer}", brand, "US", "2024-01-01"))

    def campaign(self, brand, name, channel, source, medium, tag, started, timezone=""):
        self.campaigns.append(
            (name, brand, "x", channel, name, source, medium, tag, "USD", timezone, started)
        )

    def reported(self, campaign, day, spend, claimed):
        self.performance.append((campaign, day, 10, 1, spend, claimed, ""))

    def write(self, folder):
        tables = {
            "events__events": (
                "event_id,brand,event_name,occurred_at,received_at,anonymous_id,customer_id,session_id,click_id,"
                "is_robot,page_path,referrer,utm_source,utm_medium,utm_campaign,device_type,properties",
                self.events,
            ),
            "app__orders": ("order_id,customer_id,ordered_at,paid_at,status,currency", self.orders),
            "app__order_items": ("order_id,line_number,product_id,quantity,unit_price", self.items),
            "app__customers": ("customer_id,brand,country_code,created_at", self.customers),
            "ads__campaigns": (
                "campaign_id,brand,platform,channel,campaign_name,utm_source,utm_medium,utm_campaign,currency,"
                "timezone,started_on",
                self.campaigns,
            ),
            "ads__daily_performance": (
                "campaign_id,performance_date,impressions,clicks,spend,claimed_conversions,claimed_revenue",
                self.performance,
            ),
            "reference__tolerances": (
                "raw_table,max_rejected_share,reason",
                [("default", 1, "nothing stops here")],
            ),
        }

        def quoted(value):
            return '"' + str(value).replace('"', '""') + '"' if value != "" else ""

        return write_raw(
            folder,
            {
                name: [header, *(",".join(map(quoted, row)) for row in rows)]
                for name, (header, rows) in tables.items()
            },
        )


def add_visits(company):
    """What public reports found, and more of each kind."""
    event, order, customer = company.event, company.order, company.customer
    for number, host in enumerate(CHANNELS):
        event("learn", "10:00:00", f"h{number}", host=host)
    for number, host in enumerate(["www.my-shop.com", "myshop.co.uk", "my.example.com"]):
        event("my shop", "10:00:00", f"h{number}", host=host)
    for number, (source, medium) in enumerate(TAGS):
        event("tags", "10:00:00", f"t{number}", source=source, medium=medium)
    for number, (page, referrer, source, medium, click_id, properties, _) in enumerate(CLICKS):
        event(
            "clicks",
            "10:00:00",
            f"k{number}",
            page=page,
            referrer=referrer,
            source=source,
            medium=medium,
            click_id=click_id,
            properties=properties,
        )

    # The origin is not on the first event: of the same second with ids either way, and a second later.
    for brand, ids, later in (
        ("late1", "ab", "10:00:00"),
        ("late2", "ba", "10:00:00"),
        ("late3", "ab", "10:00:01"),
    ):
        customer(brand)
        event(brand, "10:00:00", name="session_started", event_id=f"{brand}{ids[0]}")
        event(
            brand,
            later,
            page="/sale",
            source="google",
            medium="cpc",
            campaign="spring",
            event_id=f"{brand}{ids[1]}",
            device_type="ios",
        )
        event(brand, "10:05:00", "d", "c", name="order_placed", device_type="desktop")
        order(brand, "10:05:01")

    # Back from the payment page after 41 minutes, and back from signing in within the visit.
    for brand, host in (("back1", "www.paypal.com"), ("back2", "nid.naver.com")):
        customer(brand)
        event(brand, "10:00:00", "d", "c", source="google", medium="cpc")
        event(brand, "10:46:00", "d", "c", host=host, name="session_started", page="")
        event(brand, "10:46:00", "d", "c", host=host)
        order(brand, "10:46:01")
    customer("back3")
    event("back3", "10:00:00", "d", "c")
    event("back3", "10:10:00", "d", "c", host="hooks.stripe.com")
    order("back3", "10:10:01")
    # It came back, and then a link was followed.
    customer("back4")
    event("back4", "10:00:00", "d", "c", host="pay.toss.im")
    event("back4", "10:05:00", "d", "c", source="newsletter", medium="email", campaign="june")
    order("back4", "10:02:00", order_id="early")
    order("back4", "10:06:00", order_id="late")

    # Clocks: ahead by minutes and by days, at 1970 and 2000, none at all.
    for number, occurred in enumerate(
        (
            "10:05:00",
            "2025-06-05 10:00:00",
            "1971-01-01 00:00:10",
            "2000-01-01 00:03:00",
            "1970-01-01 00:00:00",
        )
    ):
        brand = f"clock{number}"
        customer(brand)
        event(brand, occurred, "d", "c", "10:00:01", source="google", medium="cpc")
        event(brand, "10:01:00", "d", "c", "10:01:01", name="order_placed")
        order(brand, "10:01:00")
    event("clock9", "1971-01-01 00:00:10", received="", event_id="clock9_without_receipt")
    event("clock8", "10:00:00", received="1970-01-01 00:00:00")
    event("clock8", "11:00:00", received="1980-01-06 00:00:00", event_id="clock8_receipt_of_1980")
    event("clock7", "2025-01-01 10:00:00", received="2025-06-01 10:00:00")

    # A device with the id of a customer.
    customer("ids", "101")
    event("ids", "2025-05-01 10:00:00", "101", source="google", medium="cpc")
    event("ids", "2025-05-02 10:00:00", "other", "101", source="x", medium="display")

    # Events of a server.
    customer("server")
    event("server", "10:00:00", "", "c", name="order_paid", page="", event_id="server_1")
    event("server", "10:10:00", "", "c", source="newsletter", medium="email", page="")
    event("server", "10:00:00", "", "", event_id="server_neither")
    event("server", "11:00:00", "d", "c", source="google", medium="cpc")
    event("server", "11:05:00", "", "c", name="order_paid", page="")
    order("server", "11:05:00")

    # Session ids of the source.
    event("own", "10:00:00", session="s1")
    event("own", "2025-06-03 10:00:00", session="s1")
    event("own", "10:01:00", "other", session="s1")
    event("own|s1", "10:00:00", session="s1")
    event("own", "10:05:00", session="s2")
    event("own", "10:06:00")
    # Keys that a separator would join.
    event("p", "10:00:00", "q|r")
    event("p|q", "10:00:00", "r")

    # Robots.
    customer("robot")
    event("robot", "10:00:00", "d", "c", robot="true", event_id="robot_1")
    event("robot", "10:00:00", "d", "", event_id="human_1")

    # Campaigns: a name used twice, one that is not begun yet, one whose rule does not know its tag, names written otherwise.
    company.campaign(
        "again", "bf-2024", "paid_search", "google", "cpc", "black-friday", "2024-11-20"
    )
    company.campaign(
        "again", "bf-2025", "paid_search", "google", "cpc", "black-friday", "2025-05-20"
    )
    for year, at in (
        (2024, "2024-11-25 01:00:00"),
        (2025, "2025-05-25 01:00:00"),
        (2023, "2024-11-19 23:59:59"),
    ):
        customer("again", f"c{year}")
        event(
            "again",
            at,
            f"d{year}",
            f"c{year}",
            source="google",
            medium="cpc",
            campaign="black-friday",
        )
        order("again", at, f"c{year}", f"o{year}")
    company.campaign(
        "seoul", "seoul-1", "display", "x", "banner", "june", "2025-06-01", "Asia/Seoul"
    )
    event("seoul", "2025-05-31 14:59:59", "before", source="x", medium="banner", campaign="june")
    event("seoul", "2025-05-31 15:00:00", "after", source="x", medium="banner", campaign="june")
    customer("known")
    company.campaign(
        "known", "meta-1", "paid_social", "facebook", "paid-social", "meta-1", "2025-01-01"
    )
    company.campaign("known", "odd-1", "video", "quiz", "carrier", "odd", "2025-01-01")
    company.campaign("known", "bare-1", "affiliate", "", "", "bare", "2025-01-01")
    event("known", "10:00:00", "d", "c", source="facebook", medium="paid-social", campaign="meta-1")
    event("known", "10:00:00", "odd", source="quiz", medium="carrier", campaign="odd")
    event("known", "10:00:00", "bare", campaign="bare")
    event("known", "10:00:00", "unknown", campaign="nobody-knows")
    order("known", "10:05:00")
    company.campaign("written", "w1", "paid_social", "kakao", "cpc", "봄세일 Sale", "2025-01-01")
    for number, name in enumerate(
        (
            "봄세일 Sale",
            "봄세일 sale\u200b",
            "봄세일+SALE",
            "봄세일%20sale",
            quote("봄세일 sale"),
            "\u1107\u1169\u11b7\u1109\u1166\u110b\u1175\u11af  sale",
            "봄세일\u3000Sale",
        )
    ):
        event("written", "10:00:00", f"w{number}", source="KAKAO", medium="cpc", campaign=name)

    # A campaign that begins inside a visit, comes back, is reloaded; and one of the same second as another.
    customer("inside")
    for at, source, medium, name in (
        ("10:00:00", "facebook", "cpc", "a"),
        ("10:00:26", "google", "cpc", "b"),
        ("10:01:00", "google", "cpc", "b"),
        ("10:02:00", "facebook", "cpc", "a"),
        ("10:03:00", "", "", ""),
        ("10:04:00", "facebook", "cpc", "A"),
    ):
        event("inside", at, "d", "c", source=source, medium=medium, campaign=name)
    event("inside", "10:05:00", "d", "c", host="www.google.com")
    event("inside", "10:06:00", "d", "c", host="www.google.com", page="/?gclid=1")
    order("inside", "10:01:30", order_id="o1")
    order("inside", "10:07:00", order_id="o2")
    for brand, ids in (("same1", "ab"), ("same2", "ba")):
        customer(brand)
        event(
            brand,
            "10:00:00",
            "d",
            "c",
            source="google",
            medium="cpc",
            campaign="x",
            event_id=brand + ids[0],
        )
        event(
            brand,
            "10:00:00",
            "d",
            "c",
            source="newsletter",
            medium="email",
            event_id=brand + ids[1],
        )
        order(brand, "10:00:00")
    # Two devices of one customer at the same moment, the ids of the devices either way.
    for brand, devices in (("tied1", "ab"), ("tied2", "ba")):
        customer(brand)
        event(brand, "10:00:00", devices[0], "c", source="google", medium="cpc")
        event(brand, "10:00:00", devices[1], "c", source="newsletter", medium="email")
        order(brand, "10:30:00")

    # One basket, two orders; and a third later, which has no visit of its own.
    customer("basket")
    event("basket", "10:00:00", "d", "c", source="google", medium="cpc")
    order("basket", "10:05:00", order_id="o1", paid="10:06:00")
    order("basket", "10:05:00", order_id="o2", paid="10:06:00")
    order("basket", "12:00:00", order_id="o3")

    # Nothing says that this shop's event is a conversion: its orders do. That of GA's words is direct.
    customer("shop")
    event(
        "shop", "2025-05-20 10:00:00", "d", "c", source="google", medium="organic", name="purchase"
    )
    event("shop", "10:00:00", "d", "c", source="(direct)", medium="(none)", name="purchase")
    event("shop", "12:00:00", "d", "c")
    order("shop", "2025-05-20 10:00:00", order_id="o1")
    order("shop", "10:01:00", order_id="o2")
    event("silent", "10:00:00", "d")

    # Reported on 10 of 30 days, on all, and never.
    customer("reports")
    for name, days in (("some", 10), ("all", 30), ("never", 0)):
        company.campaign("reports", name, "paid_search", "google", "cpc", name, "2025-05-01")
        for day in range(days):
            company.reported(name, f"2025-06-{day + 1:02}", 10, 1)
        for at in ("2025-06-01 10:00:00", "2025-06-20 10:00:00"):
            event("reports", at, name, "c", source="google", medium="cpc", campaign=name)
    order("reports", "10:05:00")


OPTIONS = {
    "select": ["+path:models/marts/growth/*.sql", "+sessions", "tracking_plan_checks"],
    "variables": {"as_of": "2025-07-31"},
}


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    folder = tmp_path_factory.mktemp("visits")
    company = Company()
    add_visits(company)
    database = folder / "warehouse.duckdb"
    build(database, company.write(folder / "raw"), **OPTIONS)
    return database


def sessions(built, brand, columns="channel"):
    return query(
        built,
        f"select {columns} from core.sessions where brand = '{brand}' order by anonymous_id, started_at",
    )


def credits(built, brand, model="last_touch"):
    return query(
        built,
        f"""select replace(conversion_id, brand || '-', ''), channel, round(credit, 6), campaign_id
        from growth.attributed_conversions
        where brand = '{brand}' and attribution_model = '{model}' order by all""",
    )


def reason(built, event_id):
    ((reason,),) = query(
        built,
        f"select reject_reason from staging.validated_events__events where event_id = '{event_id}'",
    )
    return reason


def test_a_host_has_the_channel_of_what_it_is(built):
    rows = query(
        built,
        "select referrer_host, channel, is_touch from core.sessions where brand = 'learn' and referrer_host is not null",
    )
    found = {host: channel if is_touch else None for host, channel, is_touch in rows}
    returned = query(
        built,
        """select events.referrer_host, sessions.is_touch, sessions.channel from core.events as events
        inner join core.sessions as sessions using (session_id) where events.brand = 'learn'""",
    )
    found |= {
        host: channel if is_touch else None
        for host, is_touch, channel in returned
        if channel == "direct"
    }
    assert found == CHANNELS


def test_a_brand_of_two_words_has_its_hosts(built):
    assert sessions(built, "my shop") == [("direct",), ("direct",), ("referral",)]


def test_tags_are_read_however_they_are_written(built):
    rows = query(
        built,
        """select events.utm_source, events.utm_medium, sessions.channel from core.events as events
        inner join core.sessions as sessions using (session_id) where events.brand = 'tags'""",
    )
    found = {(source or "", medium or ""): channel for source, medium, channel in rows}
    assert found == TAGS


def test_click_ids_say_what_tags_leave_out(built):
    rows = dict(
        query(built, "select anonymous_id, channel from core.sessions where brand = 'clicks'")
    )
    found = [(*click[:-1], rows[f"clicks-k{number}"]) for number, click in enumerate(CLICKS)]
    assert found == CLICKS


@pytest.mark.parametrize("brand", ["late1", "late2", "late3"])
def test_the_origin_is_that_of_the_first_event_that_names_one(built, brand):
    assert sessions(built, brand, "channel, utm_source, device_type") == [
        ("paid_search", "google", "ios")
    ]
    assert credits(built, brand) == [("o", "paid_search", 1, None)]
    assert credits(built, brand, "linear") == [("o", "paid_search", 1, None)]


def test_the_landing_page_of_a_tie_is_that_of_the_origin(built):
    assert sessions(built, "late1", "landing_page_path") == [("/sale",)]
    assert sessions(built, "late2", "landing_page_path") == [("/sale",)]
    assert sessions(built, "late3", "landing_page_path") == [("/",)]


@pytest.mark.parametrize("model", ["last_touch", "last_non_direct", "linear", "markov"])
def test_coming_back_from_a_payment_or_sign_in_page_is_no_touch(built, model):
    for brand in ("back1", "back2"):
        assert sessions(built, brand, "channel, is_touch") == [
            ("paid_search", True),
            ("direct", False),
        ]
        assert credits(built, brand, model) == [("o", "paid_search", 1, None)]
    assert credits(built, "back3", model) == [("o", "direct", 1, None)]
    assert credits(built, "back4", model) == [
        ("early", "unattributed", 1, None),
        ("late", "email", 1, None),
    ]


def test_an_event_is_not_later_than_its_receipt_nor_of_another_age(built):
    for number in range(5):
        assert credits(built, f"clock{number}") == [("o", "paid_search", 1, None)], number
        assert sessions(built, f"clock{number}", "started_at::varchar, event_count") == [
            ("2025-06-01 10:00:01", 2)
        ]
    assert reason(built, "clock9_without_receipt") == "occurred_at: not a plausible date"
    assert reason(built, "clock8_receipt_of_1980") == "received_at: not a plausible date"
    # A receipt that was never set proves nothing; what was offline for months is believed.
    assert sessions(built, "clock8", "started_date::varchar") == [("2025-06-01",)]
    assert sessions(built, "clock7", "started_date::varchar") == [("2025-01-01",)]


def test_a_device_with_the_id_of_a_customer_is_another_visitor(built):
    assert query(
        built,
        "select path, journeys from growth.conversion_paths where brand = 'ids' order by all",
    ) == [("display", 1), ("paid_search", 1)]


def test_events_of_a_server_are_kept(built):
    assert query(
        built,
        "select visitor_id, customer_id from core.events where event_id = 'server_1'",
    ) == [("customer server-c", "server-c")]
    assert reason(built, "server_neither") == "anonymous_id: empty as is customer_id"
    rows = query(
        built,
        """select visitor_id, channel, is_touch, event_count from core.sessions
        where brand = 'server' order by started_at""",
    )
    assert rows == [("device server-d", "paid_search", True, 1)]
    assert credits(built, "server") == [("o", "paid_search", 1, None)]


def test_the_session_id_of_the_source_holds(built):
    rows = query(
        built,
        """select brand, anonymous_id, event_count, duration_seconds from core.sessions
        where brand in ('own', 'own|s1') order by all""",
    )
    assert rows == [
        ("own", "own-d", 2, 60),
        ("own", "own-d", 2, 172800),
        ("own", "own-other", 1, 0),
        ("own|s1", "own|s1-d", 1, 0),
    ]
    assert query(
        built,
        "select count(distinct session_id) from core.sessions where brand in ('p', 'p|q')",
    ) == [(2,)]


def test_robots_are_counted_and_do_not_visit(built):
    assert sessions(built, "robot", "event_count") == [(1,)]
    assert query(
        built,
        "select event_count, robot_event_count from core.tracking_plan_checks where brand = 'robot'",
    ) == [(2, 1)]
    assert query(
        built,
        """select session_id, is_activity, is_session_start from core.events where event_id = 'robot_1'""",
    ) == [(None, False, False)]
    assert sessions(built, "robot", "customer_id") == [(None,)]


def test_a_campaign_name_goes_by_date(built):
    assert credits(built, "again") == [
        ("o2023", "paid_search", 1, None),
        ("o2024", "paid_search", 1, "bf-2024"),
        ("o2025", "paid_search", 1, "bf-2025"),
    ]
    assert sessions(built, "seoul", "channel, campaign_id") == [
        ("display", "seoul-1"),
        ("display", None),
    ]
    assert query(
        built,
        """select campaign_id, sum(sessions)::int, min(performance_date)::varchar from growth.campaign_days
        where brand = 'again' group by 1 order by 1""",
    ) == [("bf-2024", 1, "2024-11-25"), ("bf-2025", 1, "2025-05-25")]


def test_a_known_campaign_gives_its_channel(built):
    assert sessions(built, "known", "channel, campaign_id") == [
        ("affiliate", "bare-1"),
        ("paid_social", "meta-1"),
        ("video", "odd-1"),
        ("unassigned", None),
    ]
    assert query(
        built,
        """select channel, conversions from growth.channel_attribution
        where brand = 'known' and attribution_model = 'last_touch'""",
    ) == [("paid_social", 1)]
    assert query(
        built,
        """select channel, conversions from growth.campaign_performance
        where campaign_id = 'meta-1' and attribution_model = 'last_touch' and month = '2025-06-01'""",
    ) == [("paid_social", 1)]


def test_a_campaign_is_known_however_its_name_is_written(built):
    assert set(sessions(built, "written", "campaign_id, channel")) == {("w1", "paid_social")}


def test_a_campaign_that_begins_inside_a_visit_is_a_touch_of_its_own(built):
    rows = query(
        built,
        """select strftime(touched_at, '%H:%M:%S'), channel from growth.touchpoints
        where brand = 'inside' order by all""",
    )
    assert rows == [
        ("10:00:00", "paid_social"),
        ("10:00:26", "paid_search"),
        ("10:02:00", "paid_social"),
        ("10:06:00", "paid_search"),
    ]
    assert sessions(built, "inside", "channel, utm_campaign") == [("paid_social", "a")]
    assert credits(built, "inside") == [
        ("o1", "paid_search", 1, None),
        ("o2", "paid_search", 1, None),
    ]


def test_equal_moments_give_the_same_whatever_the_ids(built):
    models = ["first_touch", "last_touch", "last_non_direct", "position_based", "linear", "markov"]
    for one, other in (("same1", "same2"), ("tied1", "tied2")):
        for model in models:
            found = credits(built, one, model)
            assert found == credits(built, other, model)
            if one == "tied1":
                assert [(channel, credit) for _, channel, credit, _ in found] == [
                    ("email", 0.5),
                    ("paid_search", 0.5),
                ]
    assert sessions(built, "same1", "channel, utm_campaign") == [("paid_search", "x")]
    assert sessions(built, "same2", "channel, utm_campaign") == [("paid_search", "x")]


def test_orders_of_one_basket_have_the_same_journey(built):
    assert credits(built, "basket") == [
        ("o1", "paid_search", 1, None),
        ("o2", "paid_search", 1, None),
        ("o3", "unattributed", 1, None),
    ]


def test_a_visit_ends_in_an_order_though_no_event_says_so(built):
    assert sessions(built, "shop", "channel, is_converted") == [
        ("organic_search", True),
        ("direct", True),
        ("direct", False),
    ]
    assert sessions(built, "silent", "is_converted") == [(None,)]
    assert credits(built, "shop", "last_non_direct") == [
        ("o1", "organic_search", 1, None),
        ("o2", "organic_search", 1, None),
    ]


def test_what_a_platform_did_not_report_is_empty(built):
    rows = query(
        built,
        """select campaign_id, spend::int, claimed_conversions::int, missing_report_days, roas is null,
            over_claim_ratio, is_final, attribution_robust, decision
        from growth.campaign_performance
        where brand = 'reports' and attribution_model = 'linear' and month = '2025-06-01' order by 1""",
    )
    assert rows == [
        ("all", 300, 30, 0, False, 30.0, False, True, "test_first"),
        ("never", None, None, 2, True, None, False, None, "test_first"),
        ("some", 100, 10, 1, True, None, False, None, "test_first"),
    ]


@pytest.mark.slow
def test_late_events_end_with_the_same_visits_and_credits(built, tmp_path):
    """A third of the events at a time, the last first: what names a source or ends a pause comes late."""
    company = Company()
    add_visits(company)
    events = company.events
    database = tmp_path / built.name
    for part in (2, 1, 0):
        company.events = [event for number, event in enumerate(events) if number % 3 >= part]
        build(database, company.write(tmp_path / "raw"), **(OPTIONS | {"tests": False}))
    for table in (
        "core.events",
        "core.int_session_runs",
        "core.session_sources",
        "core.sessions",
        "growth.touchpoints",
        "growth.int_credits",
        "growth.conversion_paths",
    ):
        assert table_hash(database, table) == table_hash(built, table), table
