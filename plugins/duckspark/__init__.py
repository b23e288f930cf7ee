"""DuckDB's SQL on Spark: the translator (translate, constructs, kinds) and what a Spark session needs (session)."""
