{{ indicator_mart('TTHC-08', headline='transactions_portal') }}
