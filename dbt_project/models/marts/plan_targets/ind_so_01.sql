{{ indicator_mart('SO-01', headline='all_critical_passed') }}
