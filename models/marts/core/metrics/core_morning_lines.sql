{{ morning_line(
    'rejected_rows',
    ref('raw_row_days'),
    name="concat(source_system, '.', table_name)",
    where='rejected_count > 0 and arrival_date = {as_of}',
) }}
