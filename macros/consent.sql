{# Whether a person agreed to the purpose that a reader needs; true for everybody where the var consent_required does not
   name the reader. A customer's word counts; without a customer, that of the device. #}
{% macro has_consent(reader, consents, customer, visitor) -%}
    {%- set required = var('consent_required') -%}
    {%- set readers = ['experiments', 'features', 'personalisation'] -%}
    {%- if execute -%}
        {%- set purposes = contract_of('privacy__consents').columns.purpose.config.meta.accepted -%}
        {%- set wanted = "Write, as in {experiments: analytics}, one of these for each of the readers "
            ~ readers | join(', ') ~ ": " ~ purposes | join(', ') ~ "." -%}
        {%- if required is not mapping -%}
            {%- do stop("The var consent_required (vars.yml or --vars) is " ~ required ~ ". " ~ wanted) -%}
        {%- endif -%}
        {%- for name, purpose in required.items() if name not in readers or purpose not in purposes -%}
            {%- do stop("The var consent_required (vars.yml or --vars) has " ~ name ~ ": " ~ purpose ~ ". " ~ wanted) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- if reader not in required -%}
    true
    {%- else -%}
    {%- set agreed = "select person_id from " ~ consents ~ " where is_granted and purpose = '" ~ required[reader]
        ~ "' and person_type = " -%}
    (
        {{ customer }} in ({{ agreed }}'customer')
        or ({{ customer }} is null and {{ visitor }} in ({{ agreed }}'visitor'))
    )
    {%- endif -%}
{%- endmacro %}
