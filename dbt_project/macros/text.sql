{#- Vietnamese text: folding for search and a stored sort key, since the server has no ICU. -#}

{#- Toned vowels and the same vowels without tone, breves, circumflexes and horns kept. -#}
{% macro _toned() -%}
àáảãạằắẳẵặầấẩẫậèéẻẽẹềếểễệìíỉĩịòóỏõọồốổỗộờớởỡợùúủũụừứửữựỳýỷỹỵ
{%- endmacro %}

{% macro _untoned() -%}
aaaaaăăăăăâââââeeeeeêêêêêiiiiioooooôôôôôơơơơơuuuuuưưưưưyyyyy
{%- endmacro %}

{#- Lower case without tones: the letters that sort. -#}
{% macro without_tones(text) -%}
    translate(lower({{ text }}), '{{ _toned() | trim }}', '{{ _untoned() | trim }}')
{%- endmacro %}

{#- Lower case, no accents, blanks collapsed: 'Cò  Nòi' and 'CÒ NÒI' fold to 'co noi'. -#}
{% macro fold_accents(text) -%}
    {{ return(adapter.dispatch('fold_accents')(text)) }}
{%- endmacro %}

{% macro default__fold_accents(text) -%}
    trim(regexp_replace(translate({{ without_tones(text) }}, 'ăâđêôơư', 'aadeoou'), '\\s+', ' '))
{%- endmacro %}

{% macro postgres__fold_accents(text) -%}
    trim(
        regexp_replace(
            translate({{ without_tones("normalize(" ~ text ~ ", nfc)") }}, 'ăâđêôơư', 'aadeoou'), '\s+', ' ', 'g'
        )
    )
{%- endmacro %}

{#-
  A unit's name as people write it, folded, without the word for its office: "UBND huyện Mộc Châu",
  "Bộ phận Một cửa huyện Mộc Châu" and "Huyện Mộc Châu" all fold to 'huyen moc chau'.
-#}
{% macro fold_unit_name(text) -%}
    {{ return(adapter.dispatch('fold_unit_name')(text)) }}
{%- endmacro %}

{% macro default__fold_unit_name(text) -%}
    regexp_replace({{ fold_accents(text) }}, '^(ubnd|uy ban nhan dan|bo phan mot cua) ', '')
{%- endmacro %}

{#- Sorts by Vietnamese letters (a ă â b … d đ …) under byte order, tones last. -#}
{% macro vietnamese_sort_key(text) -%}
    replace(replace(replace(replace(replace(replace(replace(
        {{ without_tones(text) }},
        'ă', 'a~'), 'â', 'a~~'), 'đ', 'd~'), 'ê', 'e~'), 'ô', 'o~'), 'ơ', 'o~~'), 'ư', 'u~')
    || ' ' || lower({{ text }})
{%- endmacro %}

{#- Whether a text matches a regular expression. -#}
{% macro matches(text, pattern) -%}
    {{ return(adapter.dispatch('matches')(text, pattern)) }}
{%- endmacro %}

{% macro postgres__matches(text, pattern) -%}
    {{ text }} ~ '{{ pattern }}'
{%- endmacro %}

{% macro default__matches(text, pattern) -%}
    {{ text }} rlike '{{ pattern }}'
{%- endmacro %}

{#-
  A publisher's name as records write it: like `fold_unit_name`, with dashes, commas and dots as blanks.
-#}
{% macro fold_publisher_name(text) -%}
    {{ return(adapter.dispatch('fold_publisher_name')(text)) }}
{%- endmacro %}

{% macro default__fold_publisher_name(text) -%}
    trim(regexp_replace({{ fold_unit_name(text) }}, '[^a-z0-9]+', ' '))
{%- endmacro %}

{% macro postgres__fold_publisher_name(text) -%}
    trim(regexp_replace({{ fold_unit_name(text) }}, '[^a-z0-9]+', ' ', 'g'))
{%- endmacro %}

{#- A text without one of the endings, unless the ending is all there is of it. -#}
{% macro without_ending(text, endings) -%}
    case
        {% for ending in endings -%}
        when {{ text }} in ('{{ ending }}', '{{ "thanh pho " ~ ending }}') then {{ text }}
        when {{ text }} like '% {{ ending }}' then left({{ text }}, length({{ text }}) - {{ ending | length + 1 }})
        {% endfor -%}
        else {{ text }}
    end
{%- endmacro %}

{#- The first run of `least` to `most` digits in a text, as text; NULL where there is none. -#}
{% macro first_number(text, least, most) -%}
    {{ return(adapter.dispatch('first_number')(text, least, most)) }}
{%- endmacro %}

{% macro postgres__first_number(text, least, most) -%}
    {%- set digits = '[0-9]{' ~ least ~ ',' ~ most ~ '}' -%}
    substring({{ text }} from '(?:^|[^0-9])({{ digits }})(?![0-9])')
{%- endmacro %}

{% macro default__first_number(text, least, most) -%}
    {%- set digits = '[0-9]{' ~ least ~ ',' ~ most ~ '}' -%}
    nullif(regexp_extract({{ text }}, '(?:^|[^0-9])({{ digits }})(?![0-9])', 1), '')
{%- endmacro %}

{#- The n-th part, from 1, of a text with dots; empty where there are fewer. -#}
{% macro dotted_part(text, number) -%}
    {{ return(adapter.dispatch('dotted_part')(text, number)) }}
{%- endmacro %}

{% macro postgres__dotted_part(text, number) -%}
    split_part({{ text }}, '.', {{ number }})
{%- endmacro %}

{% macro default__dotted_part(text, number) -%}
    split_part({{ text }}, '.', {{ number }})
{%- endmacro %}
