-- A customer has one last word on each of the four purposes.
with cells as (
    select
        purpose,
        is_granted,
        case
            when is_shown
                then {{ given_away(
                    'n', 'open_consents', ['purpose', 'is_granted'],
                    var('noise_epsilon'), var('smallest_cell'),
                    cells_of_a_person=4
                ) }}
        end as customer_count
    from {{ ref('int_open_consents') }}
),

purposes as (
    select
        purpose,
        max(case when is_granted then customer_count end) as agreed_count,
        max(case when not is_granted then customer_count end) as refused_count
    from cells
    group by purpose
)

select * from purposes
