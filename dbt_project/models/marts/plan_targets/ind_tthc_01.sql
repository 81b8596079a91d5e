{{ indicator_mart('TTHC-01', headline='eligible_full') }}
