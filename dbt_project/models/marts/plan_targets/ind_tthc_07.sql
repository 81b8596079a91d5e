{{ indicator_mart('TTHC-07', headline='per_received') }}
