-- Ledger cells that an agency owes and has not sent.
select
    agency_key,
    period_start,
    1 as record_count,
    due_on,
    resource,
    case resource
        when 'dossiers' then 'hồ sơ TTHC'
        when 'procedures' then 'danh mục TTHC'
        when 'ratings' then 'đánh giá hài lòng'
        else resource
    end as resource_vi,
    case period_type
        when 'day' then to_char(period_start, 'DD/MM/YYYY')
        when 'month' then to_char(period_start, 'MM/YYYY')
        when 'quarter' then to_char(period_start, '"Q"Q/YYYY')
        when 'half_year' then to_char(period_start, 'MM/YYYY') || ' (6)'
        else to_char(period_start, 'YYYY')
    end as ledger_period
from ops.ledger
where
    source = 'tthc'
    and outcome = 'missing'
    and cause = 'agency'
    and period_start >= :first_month
    and period_start < :end_month
    and due_on < cast(:as_of at time zone 'Asia/Ho_Chi_Minh' as date)
