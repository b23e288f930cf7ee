with raw_columns as (
    select
        listed.raw_table,
        listed.column_name,
        listed.pii_class,
        listed.description
    from (
        values
        {%- for column in contract_columns() %}
        ({{ literals([
            column.raw_table, column.name, column.pii, column.description,
        ]) }}){{ ',' if not loop.last }}
        {%- endfor %}
    ) as listed (raw_table, column_name, pii_class, description)
),

words as (
    select
        word,
        pii_class
    from {{ ref('personal_words') }}
),

classes as (
    select
        pii_class,
        handling,
        label,
        label_ko
    from {{ ref('personal_classes') }}
),

as_of as (
    select as_of_date from {{ as_of() }}
),

-- A name with two such words suggests what its last one says: the name of a customer, not the customer.
suggested as (
    select
        raw_columns.raw_table,
        raw_columns.column_name,
        max_by(
            words.pii_class,
            position('_' || words.word || '_' in '_' || raw_columns.column_name || '_')
        ) as suggested_class
    from raw_columns
    inner join words
        on position(
            '_' || words.word || '_' in '_' || raw_columns.column_name || '_'
        ) > 0
    group by raw_columns.raw_table, raw_columns.column_name
),

personal as (
    select
        raw_columns.raw_table,
        raw_columns.column_name,
        raw_columns.pii_class,
        suggested.suggested_class,
        classes.handling,
        classes.label,
        classes.label_ko,
        raw_columns.description,
        classes.pii_class is not null as is_classified,
        as_of.as_of_date
    from raw_columns
    cross join as_of
    left join suggested
        on
            raw_columns.raw_table = suggested.raw_table
            and raw_columns.column_name = suggested.column_name
    left join classes
        on raw_columns.pii_class = classes.pii_class
    where raw_columns.pii_class is not null or suggested.suggested_class is not null
)

select * from personal
