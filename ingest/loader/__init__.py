"""Loads tables of PostgreSQL and MySQL into the raw folder: every version, as text, in pages of Parquet.

`make load` runs ingest/load.py. `sources` reads what to load, `databases` speaks with the servers, `pages` keeps what
was landed, `versions` reads what changed, `keys` finds what was deleted or changed unseen, `columns` compares the
columns with those of before, and `journal` writes down each load.
"""
