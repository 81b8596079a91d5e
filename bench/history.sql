-- Raw rows of a made-up province, set-based: all versions of dossiers that the server tells on days
-- from first_day to last_day (both included), day by day in the order of loading.
--
-- Dossier n is registered on day origin + n / per_day. What happens to it follows from a hash of n:
-- at which desk, under which procedure, how long it takes (1 to 60 days, half of them within a
-- week), when its result is handed over. So a day's rows are the same however far history reaches.
create temporary table bench_versions on commit drop as
with

registered as (

    select
        n,
        cast(%(origin)s as date) + cast(n / %(per_day)s as integer) as registered_on,
        abs(mod(hashint8extended(n, 1), 100000)) / 100000.0 as desk_draw,
        1 + cast(
            floor(
                (select count(*) from bench_procedures)
                * power(abs(mod(hashint8extended(n, 2), 100000)) / 100000.0, 2)
            ) as integer
        ) as procedure_place,
        abs(mod(hashint8extended(n, 3), 100000)) / 100000.0 as duration_draw,
        cast(abs(mod(hashint8extended(n, 4), 4)) as integer) as days_to_return,
        cast(abs(mod(hashint8extended(n, 5), 100)) as integer) as percent_draw,
        cast(abs(mod(hashint8extended(n, 6), 100)) as integer) as other_draw,
        cast(abs(mod(hashint8extended(n, 7), 30000)) as integer) as second_of_day
    from generate_series(
        cast(greatest(
            cast(%(first_day)s as date) - cast(%(origin)s as date) - 64, 0
        ) as bigint) * %(per_day)s,
        (cast(%(last_day)s as date) - cast(%(origin)s as date) + 1) * cast(%(per_day)s as bigint) - 1
    ) as n

),

lives as (

    select
        *,
        registered_on + 1 + cast(floor(59 * power(duration_draw, 3)) as integer) as finished_on
    from registered

),

told as (

    select
        *,
        registered_on as told_on,
        case when percent_draw < 2 then '3' else '4' end as status
    from lives

    union all

    select
        *,
        finished_on as told_on,
        case when percent_draw < 5 then '7' else '9' end as status
    from lives
    where percent_draw >= 2

    union all

    select
        *,
        finished_on + days_to_return as told_on,
        '10' as status
    from lives
    where percent_draw >= 5 and days_to_return > 0

),

-- one row a month with the unit codes of all desks that then existed
desks as (

    select
        cast(months.month_start as date) as month_start,
        array_agg(desks.unit_code order by hashtext(desks.unit_code)) as unit_codes
    from generate_series(
        date_trunc('month', cast(%(origin)s as timestamp)),
        cast(%(last_day)s as timestamp),
        interval '1 month'
    ) as months (month_start)
    inner join bench_desks as desks
        on
            cast(months.month_start as date) >= desks.valid_from
            and cast(months.month_start as date) < coalesce(desks.valid_to, date '9999-12-31')
    group by months.month_start

),

procedures as (

    select
        array_agg(ma_tthc order by place) as codes,
        array_agg(ma_linh_vuc order by place) as fields
    from bench_procedures

),

placed as (

    select
        told.*,
        desks.unit_codes[
            1 + cast(floor(cardinality(desks.unit_codes) * power(told.desk_draw, 1.5)) as integer)
        ] as unit_code,
        procedures.codes[told.procedure_place] as ma_tthc,
        procedures.fields[told.procedure_place] as ma_linh_vuc
    from told
    inner join desks on cast(date_trunc('month', told.registered_on) as date) = desks.month_start
    cross join procedures
    where told.told_on between %(first_day)s and %(last_day)s

)

select
    n,
    registered_on,
    told_on,
    status,
    percent_draw,
    other_draw,
    unit_code || '-' || to_char(registered_on, 'YYMMDD') || '-' || lpad(cast(mod(n, 100000) as text), 5, '0')
        as dossier_code,
    ma_tthc,
    ma_linh_vuc,
    registered_on + time '07:30' + second_of_day * interval '1 second' as received_at,
    finished_on + time '08:00' + second_of_day * interval '1 second' as finished_at,
    told_on + time '09:00' + second_of_day * interval '1 second' as updated_at,
    row_number() over (partition by told_on order by second_of_day, n) as row_number
from placed;

analyze bench_versions;

create temporary table bench_loads on commit drop as
select
    days.day,
    resources.resource,
    nextval('ops.load_id_seq') as load_id,
    gen_random_uuid() as extract_id
from (
    select cast(day as date) as day
    from generate_series(
        cast(%(first_day)s as date), cast(%(last_day)s as date), interval '1 day'
    ) as day
) as days
cross join (values ('dossiers'), ('procedures'), ('ratings')) as resources (resource)
order by days.day, resources.resource;

insert into ops.load (
    load_id, source, resource, period, extract_id, is_synthetic, row_count, rejected_count
)
select load_id, 'tthc', resource, cast(day as text), extract_id, true, 0, 0 from bench_loads;

insert into raw.tthc__dossiers
select
    'tthc', 'dossiers', cast(v.told_on as text), l.extract_id, l.load_id, now(), v.row_number,
    v.dossier_code, v.ma_tthc, v.ma_linh_vuc, 'Bộ phận một cửa',
    cast(1 + mod(v.other_draw, 3) as text),
    v.status,
    case when v.percent_draw < 60 then '2' else '1' end,
    '0',
    case when v.other_draw < 40 then '1' else '2' end,
    case when v.other_draw < 70 then '1' else '0' end,
    case when v.percent_draw < 80 then '1' else '0' end,
    cast(mod(v.other_draw, 4) as text),
    v.received_at - interval '20 minutes',
    v.received_at,
    v.received_at + (3 + mod(v.other_draw, 20)) * interval '1 day',
    case when v.status = '10' then v.updated_at end,
    case when v.status in ('9', '10') then v.finished_at end,
    case when v.status = '3' then v.updated_at end,
    v.updated_at,
    'given', 'valid_12',
    2 + mod(v.other_draw, 3), case when v.other_draw < 70 then 1 else 0 end,
    case when v.other_draw < 30 then 1 else 0 end, 0,
    case when v.status in ('9', '10') then 1 else 0 end,
    case when v.status in ('9', '10') and v.percent_draw < 75 then 1 else 0 end,
    case when v.percent_draw between 20 and 22 then 1 else 0 end,
    1, case when v.other_draw < 35 then 1 else 0 end, case when v.other_draw < 35 then 50000 else 0 end,
    case when v.percent_draw between 90 and 95 then 1 else 0 end,
    '1', 'compact'
from bench_versions as v
inner join bench_loads as l on v.told_on = l.day and l.resource = 'dossiers'
order by v.told_on, v.row_number;

insert into raw.tthc__supplements
select
    'tthc', 'dossiers', cast(v.told_on as text), l.extract_id, l.load_id, now(), v.row_number,
    v.dossier_code, v.updated_at, 'BS' || v.n, v.received_at + interval '1 hour',
    v.received_at + interval '20 hours', '1', null, null
from bench_versions as v
inner join bench_loads as l on v.told_on = l.day and l.resource = 'dossiers'
where v.percent_draw between 90 and 95
order by v.told_on, v.row_number;

insert into raw.tthc__ratings
select
    'tthc', 'ratings', cast(v.told_on as text), l.extract_id, l.load_id, now(), v.row_number,
    'DG' || v.n, v.dossier_code, cast(1 + mod(v.other_draw, 5) as text), '1', v.updated_at, v.updated_at
from bench_versions as v
inner join bench_loads as l on v.told_on = l.day and l.resource = 'ratings'
where v.status = '10' and v.percent_draw between 40 and 60
order by v.told_on, v.row_number;

insert into raw.tthc__procedures
select
    'tthc', 'procedures', cast(l.day as text), l.extract_id, l.load_id, now(), p.place,
    p.ma_tthc, p.ten_tthc, p.ma_linh_vuc, p.ma_linh_vuc, p.ma_don_vi, null, null,
    p.muc_do, p.du_dieu_kien, '1', p.thoi_gian_giai_quyet, p.don_vi_tinh, 1, p.charged_fee_count, 1
from bench_loads as l
cross join bench_procedures as p
where l.resource = 'procedures'
order by l.day, p.place;

select count(*) from bench_versions;
