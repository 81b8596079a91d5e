{{ indicator_mart('TTHC-05', headline='rating') }}
