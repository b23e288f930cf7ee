with receipts as (
    select
        request_id,
        requested_at,
        done_at,
        person as person_hash,
        erased_row_count,
        kept_row_count,
        file_count,
        found_count,
        rows_by_table,
        files,
        remaining,
        searched,
        moved_metrics
    from {{ erasure_receipts() }}
)

select * from receipts
