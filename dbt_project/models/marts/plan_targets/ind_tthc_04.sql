{{ indicator_mart('TTHC-04', headline='both') }}
