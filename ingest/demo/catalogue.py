"""What the made-up group sells, where, how it advertises and what it tests: the planted numbers.

Nothing here grows with the scale. Prices are US dollars unless a name says otherwise.
"""

import numpy as np

from demo.clock import seconds

BRANDS = ["scoot", "care", "farewell", "learn"]
BRAND_NAMES = {
    "scoot": ("Scoot", "씽씽", "shared e-scooters, passes and rides"),
    "care": ("Care at Home", "곁에케어", "remote care of people of 65 and more"),
    "farewell": ("Farewell", "고이", "cremation, booked online and tracked"),
    "learn": ("Learn", "배움터", "online courses"),
}
VISITORS = {"scoot": 1_400, "care": 640, "farewell": 2_150, "learn": 1_450}  # at scale 1
CHUNK_VISITORS = {"scoot": 24_000, "care": 8_000, "farewell": 54_000, "learn": 27_000}

COUNTRIES = ["KR", "US", "GB", "DE", "JP", "FR", "BR", "VN"]
UTC_OFFSET = np.array([9, -6, 0, 1, 9, 1, -3, 7])  # hours, standard time
PHONE_CODE = ["+82", "+1", "+44", "+49", "+81", "+33", "+55", "+84"]
COUNTRY_SHARE = {
    "scoot": (0.52, 0.06, 0.08, 0.16, 0.02, 0.14, 0.01, 0.01),
    "care": (0.45, 0.32, 0.10, 0.08, 0.03, 0.02, 0.0, 0.0),
    "farewell": (0.88, 0.04, 0.02, 0.02, 0.02, 0.01, 0.005, 0.005),
    "learn": (0.34, 0.20, 0.09, 0.06, 0.07, 0.04, 0.08, 0.12),
}
AGE_RANGE = {"scoot": (18, 56), "care": (65, 95), "farewell": (32, 78), "learn": (18, 61)}

CURRENCIES = ["USD", "KRW", "EUR", "JPY", "GBP", "BRL"]
COUNTRY_CURRENCY = np.array([1, 0, 4, 2, 3, 2, 5, 0])  # Vietnam pays in dollars
USD_RATE = np.array([1.0, 1 / 1380, 1.09, 1 / 150, 1.27, 0.178])  # dollars per unit, first day
PRICE_FACTOR = np.array([1.0, 1400, 0.92, 150, 0.79, 5.6])  # local price per dollar of list price
PRICE_STEP_CENTS = np.array([10, 10_000, 10, 1_000, 10, 50])  # local prices are rounded to this

DEVICES = ["ios", "android", "desktop", "tablet"]
DEVICE_SHARE = {
    "scoot": (0.46, 0.46, 0.06, 0.02),
    "care": (0.22, 0.30, 0.36, 0.12),
    "farewell": (0.38, 0.34, 0.24, 0.04),
    "learn": (0.26, 0.24, 0.42, 0.08),
}

# brand, name, category, list price, product currency, [(date, factor)] of the price
# fmt: off
PRODUCTS = [
    ("scoot", "라이드 5회권 Ride pack 5", "pack", 4.5, "KRW", []),
    ("scoot", "라이드 10회권 Ride pack 10", "pack", 8.0, "KRW", [("2026-03-02", 1.08)]),
    ("scoot", "부스트 Boost pack", "boost", 18.0, "KRW", [("2025-09-01", 1.06)]),
    ("scoot", "부스트 XL Boost pack XL", "boost", 34.0, "KRW", []),
    ("scoot", "라이트 패스 Light pass", "pass", 6.0, "KRW", []),
    ("scoot", "통근 패스 Commuter pass", "pass", 45.0, "KRW", [("2026-01-01", 1.05)]),
    ("care", "Home kit", "device", 59.0, "USD", [("2025-10-01", 1.1)]),
    ("care", "Care Basic", "plan", 19.0, "USD", [("2026-01-01", 1.08)]),
    ("care", "Care Plus", "plan", 34.0, "USD", [("2026-01-01", 1.08)]),
    ("farewell", "무빈소 화장 Simple cremation", "cremation", 890.0, "KRW", [("2026-01-01", 1.04)]),
    ("farewell", "가족장 화장 Cremation with ceremony", "cremation", 1690.0, "KRW", []),
    ("farewell", "참나무 유골함 Oak urn", "urn", 140.0, "KRW", []),
    ("farewell", "백자 유골함 Porcelain urn", "urn", 220.0, "KRW", []),
    ("learn", "SQL from zero", "data", 35.0, "USD", []),
    ("learn", "Statistics for work", "data", 49.0, "USD", [("2025-08-01", 1.1)]),
    ("learn", "Python evenings", "programming", 42.0, "USD", []),
    ("learn", "한국어 첫걸음 Korean first steps", "language", 25.0, "USD", []),
    ("learn", "Business English", "language", 29.0, "USD", []),
    ("learn", "Machine learning", "data", 89.0, "USD", [("2026-02-01", 0.9)]),
    ("learn", "Watercolour", "hobby", 22.0, "USD", []),
    ("learn", "Learn Plus", "plan", 14.0, "USD", []),
]
# fmt: on
PRODUCT_BRAND = [product[0] for product in PRODUCTS]
LIST_PRICE = np.array([product[3] for product in PRODUCTS])


def product(name: str) -> int:
    """Position of the one product whose name ends so."""
    (position,) = [i for i, item in enumerate(PRODUCTS) if item[1].endswith(name)]
    return position


def unit_price_cents(products: np.ndarray, currency: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Price of the products at those moments (seconds) in hundredths of the customer's currency."""
    price = LIST_PRICE[products].astype(float)
    for position, (*_, changes) in enumerate(PRODUCTS):
        for date, factor in changes:
            price[(products == position) & (at >= seconds(date))] *= factor
    step = PRICE_STEP_CENTS[currency]
    return np.maximum(np.rint(price * PRICE_FACTOR[currency] * 100 / step), 1).astype(int) * step


# -- marketing ------------------------------------------------------------------------------------

CHANNELS = [
    "direct",
    "organic_search",
    "organic_social",
    "referral",
    "email",
    "paid_search",
    "paid_social",
    "display",
    "video",
    "affiliate",
    "unassigned",
]
PAID = [
    CHANNELS.index(name) for name in ("paid_search", "paid_social", "display", "video", "affiliate")
]

# Shares of the channels: of first touches, of later touches, of later touches of eager visitors.
CHANNEL_MIX = {
    "first": (0.12, 0.20, 0.06, 0.05, 0.01, 0.21, 0.15, 0.08, 0.06, 0.05, 0.01),
    "later": (0.28, 0.16, 0.05, 0.04, 0.08, 0.16, 0.10, 0.07, 0.02, 0.03, 0.01),
    "eager": (0.30, 0.12, 0.02, 0.03, 0.14, 0.27, 0.03, 0.06, 0.01, 0.015, 0.005),
}
# True effect: the chance that one touch turns a visitor who would not have bought.
TOUCH_EFFECT = {
    "scoot": (0, 0.02, 0.03, 0.05, 0.05, 0.03, 0.09, 0.01, 0.06, 0.10, 0),
    "care": (0, 0.03, 0.02, 0.08, 0.06, 0.05, 0.05, 0.01, 0.05, 0.08, 0),
    "farewell": (0, 0.02, 0.01, 0.05, 0.02, 0.03, 0.06, 0.0, 0.05, 0.03, 0),
    "learn": (0, 0.03, 0.04, 0.06, 0.07, 0.03, 0.08, 0.01, 0.06, 0.09, 0),
}
BASE_LOGIT = {"scoot": -1.4, "care": -1.35, "farewell": -3.0, "learn": -1.15}
INTENT_WEIGHT = 0.9

# brand, platform, channel, name, source, medium, campaign, weight in the channel, started on,
# click price in dollars, over-claim ratio, role
# fmt: off
CAMPAIGNS = [
    ("scoot", "naver", "paid_search", "Naver brand words", "naver", "cpc", "brand", 0.6,
     "2024-11-01", 0.9, 1.3, ""),
    ("scoot", "google", "paid_search", "Google generic", "google", "cpc", "generic", 0.4,
     "2024-11-01", 1.6, 1.1, ""),
    ("scoot", "instagram", "paid_social", "Spring riders", "instagram", "paid_social",
     "spring-riders", 0.6, "2024-12-01", 1.1, 1.9, ""),
    ("scoot", "tiktok", "paid_social", "Student week", "tiktok", "paid_social", "student-week",
     0.4, "2025-08-15", 0.8, 2.4, ""),
    ("scoot", "google", "display", "Map banners", "google", "display", "map-banners", 1.0,
     "2024-12-01", 0.4, 3.0, ""),
    ("scoot", "youtube", "video", "First ride film", "youtube", "video", "first-ride", 1.0,
     "2024-12-01", 0.7, 2.1, ""),
    ("scoot", "coupons", "affiliate", "Coupon partners", "couponhub", "affiliate", "coupons",
     1.0, "2024-12-01", 1.4, 1.0, ""),
    ("care", "google", "paid_search", "Caring for parents", "google", "cpc", "parents", 0.7,
     "2024-12-01", 3.2, 1.2, ""),
    ("care", "bing", "paid_search", "Bing seniors", "bing", "cpc", "seniors", 0.3, "2024-12-01",
     2.4, 1.1, ""),
    ("care", "facebook", "paid_social", "Family first", "facebook", "paid_social",
     "family-first", 1.0, "2024-12-01", 2.1, 1.7, ""),
    ("care", "google", "display", "Health banners", "google", "display", "health", 1.0,
     "2025-03-01", 0.9, 2.6, ""),
    ("care", "youtube", "video", "A day with Care", "youtube", "video", "a-day", 1.0,
     "2024-12-01", 1.5, 1.8, ""),
    ("care", "clinics", "affiliate", "Clinic partners", "clinicnet", "affiliate", "clinics",
     1.0, "2024-12-01", 4.0, 1.0, ""),
    ("farewell", "naver", "paid_search", "네이버 장례 브랜드", "naver", "cpc", "goi-brand", 0.45,
     "2024-10-01", 9.0, 1.4, "robust"),
    ("farewell", "google", "paid_search", "Google cremation", "google", "cpc", "cremation",
     0.55, "2024-10-01", 30.0, 1.25, ""),
    ("farewell", "kakao", "paid_social", "카카오 가족 이야기", "kakao", "paid_social",
     "family-story", 0.65, "2024-11-01", 22.0, 2.2, "holdout"),
    ("farewell", "facebook", "paid_social", "Facebook remembrance", "facebook", "paid_social",
     "remembrance", 0.35, "2024-11-01", 30.0, 1.8, ""),
    ("farewell", "google", "display", "Quiet banners", "google", "display", "quiet-banners",
     0.5, "2024-11-01", 6.0, 1.6, ""),
    ("farewell", "criteo", "display", "Retargeting wide", "criteo", "display", "retarget-wide",
     0.5, "2025-02-01", 8.0, 0.0, "zero_conversion"),
    ("farewell", "youtube", "video", "A letter to my dog", "youtube", "video", "letter", 1.0,
     "2024-11-01", 24.0, 2.8, "fragile"),
    ("farewell", "petcare", "affiliate", "Animal hospitals", "petcare", "affiliate",
     "hospitals", 1.0, "2024-11-01", 40.0, 1.0, ""),
    ("learn", "google", "paid_search", "Google courses", "google", "cpc", "courses", 0.6,
     "2024-12-01", 1.4, 1.2, ""),
    ("learn", "naver", "paid_search", "네이버 강의", "naver", "cpc", "lecture", 0.4, "2024-12-01",
     1.1, 1.3, ""),
    ("learn", "instagram", "paid_social", "Learn after work", "instagram", "paid_social",
     "after-work", 0.7, "2024-12-01", 1.6, 2.0, ""),
    ("learn", "kakao", "paid_social", "카카오 자기계발", "kakao", "paid_social", "self-growth", 0.3,
     "2025-05-01", 1.2, 1.5, ""),
    ("learn", "google", "display", "New year banners", "google", "display", "new-year", 1.0,
     "2024-12-20", 0.6, 2.9, ""),
    ("learn", "youtube", "video", "Teacher stories", "youtube", "video", "teachers", 1.0,
     "2024-12-01", 1.0, 2.2, ""),
    ("learn", "blogs", "affiliate", "Blog reviews", "blogreviews", "affiliate", "reviews", 1.0,
     "2024-12-01", 1.8, 1.0, ""),
]
# fmt: on
CAMPAIGN_BRAND = [campaign[0] for campaign in CAMPAIGNS]
CAMPAIGN_CHANNEL = np.array([CHANNELS.index(campaign[2]) for campaign in CAMPAIGNS])


def campaign_id(position: int) -> str:
    """Key of a campaign by its position."""
    return f"cmp_{position + 1:02d}"


def campaign_with_role(brand: str, role: str) -> int:
    """Position of the brand's campaign with a planted role, or -1."""
    found = [i for i, item in enumerate(CAMPAIGNS) if item[0] == brand and item[-1] == role]
    return found[0] if found else -1


# -- experiments ----------------------------------------------------------------------------------
# lift: true relative effect of the treatment on purchases (orders and revenue alike; for visitors
# on the chance to convert). share: of the treatment. Dates are inclusive starts, exclusive ends.


def _trial(brand, name, lift, start, end, decision, why, **more):
    """One experiment as a dict with the defaults filled in."""
    trial = {
        "brand": brand,
        "name": name,
        "lift": lift,
        "start": start,
        "end": end,
        "decision": decision,
        "why": why,
        "type": "ab",
        "unit": "customer",
        "share": 0.5,
        "outcome_days": 28,
        "eligible": 0.6,
        "ticket_effect": 0.0,
        "broken_device": None,
        "model_version": None,
        "campaign": None,
        "late_metric": False,
    }
    return trial | more


# fmt: off
TRIALS = [
    _trial("scoot", "A/A of the ride app", 0.0, "2025-03-03", "2025-05-05", "stop",
     "A/A: nothing shipped, the pipeline is sound", type="aa"),
    _trial("scoot", "Morning commuter offer", 0.3, "2025-05-12", "2025-07-14", "ship",
     "orders up, tickets unchanged"),
    _trial("scoot", "Boost pack reminder", 0.08, "2025-06-02", "2025-08-18", "ship",
     "small but steady win"),
    _trial("scoot", "Two-step checkout", 0.0, "2025-08-04", "2025-10-06", "stop",
     "no difference"),
    _trial("scoot", "Dark map", 0.0, "2025-09-01", "2025-11-03", "ship",
     "design wanted it; the numbers were flat"),
    _trial("scoot", "Weekend bundle", 0.05, "2025-10-06", "2026-01-05", "ship",
     "looked good in the first weeks"),
    _trial("scoot", "Streak badges", -0.08, "2025-11-03", "2026-01-12", "stop", "orders fell"),
    _trial("scoot", "Price anchor on the pass page", 0.06, "2025-11-10", "2026-01-19", "ship",
     "the dashboard said plus; nobody looked at the split", broken_device="android"),
    _trial("scoot", "Surge push messages", 0.45, "2026-01-12", "2026-04-06", "stop",
     "orders rose, but so did the tickets", eligible=0.95, ticket_effect=0.07),
    _trial("scoot", "Referral card", 0.02, "2026-01-19", "2026-04-06", "ship", "cheap to keep"),
    _trial("scoot", "Parking photo", 0.0, "2026-02-09", "2026-04-13", "stop", "no difference"),
    _trial("scoot", "Loyalty points holdout", 0.06, "2025-09-01", "2026-04-01", "keep_running",
     "points stay; the holdout ends", type="holdout", share=0.85),
    _trial("learn", "Recommender v2", 0.4, "2025-08-04", "2025-10-27", "ship",
     "revenue per learner up", eligible=0.95, model_version="v2"),
    _trial("learn", "Recommender holdout", 0.4, "2025-11-10", "2026-04-27", "keep_running",
     "recommendations stay on", type="holdout", share=0.85, eligible=0.95, model_version="v2"),
    _trial("learn", "Course preview", 0.07, "2025-04-07", "2025-07-07", "ship",
     "more courses bought"),
    _trial("learn", "Bundle discount", -0.06, "2025-05-05", "2025-07-28", "stop",
     "gave margin away"),
    _trial("learn", "Autoplay next lesson", 0.0, "2025-07-07", "2025-09-29", "stop",
     "no difference"),
    _trial("learn", "Weekly digest", 0.03, "2025-09-08", "2025-12-15", "ship", "a little better"),
    _trial("learn", "Certificate upsell", 0.0, "2025-12-01", "2026-02-23", "ship",
     "the first week was great", late_metric=True),
    _trial("learn", "A/A of the learn shop", 0.0, "2025-10-06", "2025-12-29", "stop",
     "A/A: nothing shipped", type="aa"),
    _trial("learn", "Free first lesson", 0.2, "2026-01-05", "2026-03-30", "stop",
     "teachers were against it"),
    _trial("learn", "Exit pop-up", 0.0, "2026-02-02", "2026-04-20", "stop", "no difference"),
    _trial("farewell", "Shorter booking form", 0.2, "2025-04-07", "2025-07-28", "ship",
     "more bookings", unit="visitor"),
    _trial("farewell", "Price shown first", -0.1, "2025-08-04", "2025-11-10", "stop",
     "fewer bookings", unit="visitor"),
    _trial("farewell", "Photos of the staff", 0.0, "2025-11-17", "2026-02-23", "stop",
     "no difference", unit="visitor"),
    _trial("farewell", "Kakao campaign holdout", 0.0, "2025-07-01", "2026-05-01",
     "keep_running", "the campaign goes on at half the budget", type="holdout", unit="visitor",
     share=0.6, eligible=1.0, campaign="holdout"),
    _trial("care", "Page for the family", 0.1, "2025-06-02", "2025-10-06", "ship",
     "more families start", unit="visitor"),
    _trial("care", "Call-back button", 0.0, "2025-11-03", "2026-03-02", "stop", "no difference",
     unit="visitor"),
    _trial("scoot", "Night rate", 0.05, "2026-05-11", None, "keep_running", "too early"),
    _trial("learn", "Recommender v3", 0.04, "2026-05-18", None, "keep_running", "too early",
     model_version="v3"),
]
# fmt: on
