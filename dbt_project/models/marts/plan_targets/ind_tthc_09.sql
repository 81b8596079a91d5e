{{ indicator_mart('TTHC-09', headline='dossiers_online') }}
