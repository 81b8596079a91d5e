{{ indicator_mart('TTHC-03', headline='rating_online') }}
