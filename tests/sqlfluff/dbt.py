"""dbt's macros for both engines, as the linter sees them: it judges form, not meaning."""


def dateadd(datepart, interval, from_date_or_timestamp):
    return f"dateadd({datepart}, {interval}, {from_date_or_timestamp})"


def datediff(first_date, second_date, datepart):
    return f"datediff({datepart}, {first_date}, {second_date})"


def date_trunc(datepart, date):
    return f"date_trunc('{datepart}', {date})"


def last_day(date, datepart):
    return f"last_day({date}, {datepart})"


def listagg(measure, delimiter_text="','", order_by_clause="", limit_num=None):
    return f"listagg({measure}, {delimiter_text} {order_by_clause})"


def split_part(string_text, delimiter_text, part_number):
    return f"split_part({string_text}, {delimiter_text}, {part_number})"
